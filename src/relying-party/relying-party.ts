import { buildConnection, type Connection, type Provider } from '../protocol/connection.ts'
import { fetchProviderMetadata } from '../protocol/discovery.ts'
import { boundFetch } from '../protocol/http.ts'
import { keyCache } from '../protocol/key-cache.ts'
import { buildSealer, buildSealingKey, type Sealer } from '../protocol/sealing.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { publish } from '../vocabulary/events.ts'
import { keepTrying } from './keep-trying.ts'
import { obtainClient } from './registrar.ts'
import type { Settings } from './settings.ts'

/** What an operator may want to know. Holds no secret. */
export interface RelyingPartyStatus {
  readonly state: 'starting' | 'ready' | 'failing' | 'closed'
  readonly issuer: string
  readonly clientId: string | undefined
  /** Why the last attempt to become ready failed. */
  readonly lastError: OidcError | undefined
}

/** This app as a relying party of one provider: what every middleware factory takes. */
export interface RelyingParty {
  readonly settings: Settings
  /** The provider and our client there. Waits a bounded time, then rejects with a 503. */
  connect(): Promise<Connection>
  /** Seals what a browser carries for us. */
  sealer(): Promise<Sealer>
  readonly ready: (options?: { readonly timeout?: number }) => Promise<void>
  readonly status: () => RelyingPartyStatus
  readonly close: () => Promise<void>
}

/** Makes the value, and begins discovery and registration unless that is put off until the first use. */
export function buildRelyingParty(settings: Settings): RelyingParty {
  const fetch = boundFetch(settings.fetch)
  let sealer: Promise<Sealer> | undefined
  let closed = false

  const trying = keepTrying(
    async () => {
      const provider = await discover(settings, fetch)
      return await buildConnection(provider, await obtainClient(settings, provider))
    },
    { delay: nextPause, hastens: isTransient, onFailure: reportFailure(settings) },
  )
  if (settings.start === 'immediately') trying.start()

  return Object.freeze<RelyingParty>({
    settings,
    connect: () => trying.wait(settings.providerTimeout),
    sealer() {
      sealer ??= openSealer(settings).catch(error => {
        sealer = undefined // the next request tries again
        throw error
      })
      return sealer
    },
    async ready({ timeout = 30_000 } = {}) {
      const deadline = Date.now() + timeout
      while (!trying.result) {
        if (closed) throw new OidcError('ERR_OIDC_NOT_READY', { message: 'The relying party was closed.' })
        await trying.wait(Math.max(1, deadline - Date.now())).catch(error => refuseIfFinal(error, deadline))
      }
    },
    status() {
      const state = closed ? 'closed' : trying.result ? 'ready' : trying.failure ? 'failing' : 'starting'
      return { state, issuer: settings.issuer, clientId: trying.result?.clientId, lastError: trying.failure }
    },
    async close() {
      closed = true
      await trying.stop()
    },
  })
}

async function discover(settings: Settings, fetch: ReturnType<typeof boundFetch>): Promise<Provider> {
  const { issuer, allowInsecureIssuer, endpoints, log } = settings
  const metadata = await fetchProviderMetadata({ issuer, allowInsecureIssuer, endpoints, fetch })
  log(`Discovered the provider ${issuer}.`)
  publish('provider.discovered', { issuer })
  return { metadata, keys: keyCache(metadata.jwks_uri, fetch), fetch }
}

/** The key is in the store, so that a sign-in begun at one replica, or before a restart, ends at any other. */
async function openSealer({ store, name }: Settings): Promise<Sealer> {
  const key = `key:sealing:${name}`
  await store.set(key, buildSealingKey(), { ifAbsent: true })
  const stored = await store.get(key)
  if (!stored)
    throw new OidcError('ERR_OIDC_STORE_UNAVAILABLE', {
      message: `${store.location} does not keep what is written to it.`,
    })
  return buildSealer(stored.value)
}

/** Half a second to half a minute, spread so that replicas do not ask together. A refusal is asked again each 5 minutes. */
function nextPause(failures: number, error: OidcError): number {
  const longest = isTransient(error) ? 30_000 : 300_000
  const shortest = isTransient(error) ? 500 : 10_000
  return Math.min(longest, shortest * 2 ** (failures - 1)) * (0.75 + Math.random() / 2)
}

/** Whether the provider was merely away, so that nothing speaks against asking again at once. */
function isTransient(error: OidcError): boolean {
  return error.code === 'ERR_OIDC_PROVIDER_UNAVAILABLE' || error.code === 'ERR_OIDC_STORE_UNAVAILABLE'
}

/** Says each reason once, not at each attempt. */
function reportFailure({ log, issuer }: Settings): (error: OidcError, retryInMs: number) => void {
  let said = ''
  return (error, retryInMs) => {
    publish('provider.failed', { issuer, error, retryInMs })
    if (error.message === said) return
    said = error.message
    log(`${error.message} Pages without sign-in work meanwhile; trying again.`)
  }
}

function refuseIfFinal(error: OidcError, deadline: number): Promise<void> {
  const permanent =
    error.code === 'ERR_OIDC_REGISTRATION_REFUSED' || error.code === 'ERR_OIDC_DISCOVERY_INVALID'
  if (permanent || Date.now() >= deadline) throw error
  return new Promise(resolve => setTimeout(resolve, 100))
}
