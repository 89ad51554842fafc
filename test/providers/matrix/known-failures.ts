import type { RelyingPartyOptions } from '../../../src/index.ts'
import type { FlowName } from './flow-names.ts'
import type { ProviderName } from './providers.ts'

const scopeSent = 'sends `scope`, which the policy Allowed Client Scopes of every realm refuses with 403'
const onlyPs256 = 'asks for an assertion algorithm other than the only one that is listed, PS256'
const frontChannel =
  'registers `frontchannel_logout_uri` by default, and Keycloak then sends the client no logout tokens'

const forgotten =
  'the user ends on the error page of the provider, seven times in a row, before the app registers again'
const stale =
  'reuses its record without asking whether the client still exists; the user ends on an error page'
const disabled =
  'the user ends on the error page of the provider; a disabled client is answered as one that is gone'

/**
 * Cells that fail today because of a fault of the library, and which fault that is. Remove an entry when its fault is
 * fixed: a cell of this list that passes fails the suite.
 */
export const knownFailures: Partial<Record<FlowName, Partial<Record<ProviderName, string>>>> = {
  'registers with the usual options': { keycloak: scopeSent, 'oidc-provider FAPI 2.0': onlyPs256 },
  'guards pages by roles': { keycloak: 'registers with `scope`, so that the client loses the scope `roles`' },
  'asks for a stronger sign-in by its class': {
    keycloak: 'registers with `scope`, so that the client loses the scope `acr`',
  },
  'manages its client from the command line': { keycloak: scopeSent, 'oidc-provider FAPI 2.0': onlyPs256 },
  'is told when the user signs out of another app': { keycloak: frontChannel },
  'is told when an administrator ends the session': { keycloak: frontChannel },
  'its client is deleted': {
    hydra: forgotten,
    keycloak: forgotten,
    'oidc-provider': forgotten,
    'scripted Hydra': forgotten,
    'scripted provider': forgotten,
  },
  'its client is disabled': { keycloak: disabled },
  'the database is wiped while it runs': {
    hydra: forgotten,
    keycloak: forgotten,
    'oidc-provider': forgotten,
    'scripted Hydra': forgotten,
    'scripted provider': forgotten,
  },
  'the database is wiped while it is stopped': {
    hydra: stale,
    keycloak: stale,
    'oidc-provider': stale,
    'scripted Hydra': stale,
    'scripted provider': stale,
  },
}

/**
 * Options without which an app cannot register there today, so that the other cells can be measured. Each is in force as
 * long as the cell "registers with the usual options" is a known failure, and goes with it.
 */
const workarounds: Partial<Record<ProviderName, Partial<RelyingPartyOptions>>> = {
  keycloak: { metadata: { scope: 'profile email offline_access' } },
  'oidc-provider FAPI 2.0': { metadata: { token_endpoint_auth_signing_alg: 'PS256' } },
}

export function workaroundFor(provider: ProviderName): Partial<RelyingPartyOptions> {
  const isNeeded = knownFailures['registers with the usual options']?.[provider] !== undefined
  return (isNeeded && workarounds[provider]) || {}
}
