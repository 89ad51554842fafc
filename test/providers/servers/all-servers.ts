import type { ProviderName } from '../matrix/providers.ts'
import type { ProviderServer, Purpose, StartProvider } from './administration.ts'
import { installHydra, startHydra } from './hydra.ts'
import { type Keycloak, prepareKeycloak, startKeycloak, useKeycloak } from './keycloak.ts'
import { startFapiOidcProvider, startUsualOidcProvider } from './oidc-provider.ts'
import { startScriptedHydra, startScriptedProvider } from './scripted.ts'

/** Where each provider comes from. */
interface Source {
  /** Makes sure that it can start here; what it throws says what to install. */
  readonly install?: () => Promise<unknown>
  readonly start: StartProvider
  readonly close?: () => Promise<void>
}

export function allServers(): Readonly<Record<ProviderName, Source>> {
  return {
    hydra: { install: installHydra, start: purpose => startHydra(purpose) },
    keycloak: { install: prepareKeycloak, ...keycloakSource() },
    'oidc-provider': { start: startUsualOidcProvider },
    'oidc-provider FAPI 2.0': { start: startFapiOidcProvider },
    'scripted Hydra': { start: startScriptedHydra },
    'scripted provider': { start: startScriptedProvider },
  }
}

/** One Keycloak with many realms; data that outlive a process are in a Keycloak of their own. */
function keycloakSource(): Pick<Source, 'start' | 'close'> {
  let shared: Promise<Keycloak> | undefined
  return {
    async start(purpose) {
      if (purpose === 'durable') return await startAlone()
      shared ??= startOrUse()
      return await (await shared).startRealm(registrationFor(purpose))
    },
    close: async () => (await shared)?.close(),
  }
}

/** `KEYCLOAK_URL` names one that runs already, which saves a minute when a test is written. */
async function startOrUse(): Promise<Keycloak> {
  const { KEYCLOAK_URL } = process.env
  return KEYCLOAK_URL ? useKeycloak(KEYCLOAK_URL) : await startKeycloak()
}

async function startAlone(): Promise<ProviderServer> {
  const keycloak = await startKeycloak()
  return { ...(await keycloak.startRealm('open')), close: keycloak.close }
}

/** An initial access token is gone with the data of the realm, so that an app could not come back on its own. */
function registrationFor(purpose: Purpose): 'by-token' | 'open' {
  return purpose === 'shared' ? 'by-token' : 'open'
}
