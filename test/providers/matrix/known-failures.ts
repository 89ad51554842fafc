import type { RelyingPartyOptions } from '../../../src/index.ts'
import type { FlowName } from './flow-names.ts'
import type { ProviderName } from './providers.ts'

const frontChannel =
  'registers `frontchannel_logout_uri` by default, and Keycloak then sends the client no logout tokens'

/**
 * Cells that fail today because of a fault of the library, and which fault that is. Remove an entry when its fault is
 * fixed: a cell of this list that passes fails the suite.
 */
export const knownFailures: Partial<Record<FlowName, Partial<Record<ProviderName, string>>>> = {
  'registers with the usual options': {
    keycloak: 'sends `scope`, which the policy Allowed Client Scopes of every realm refuses with 403',
    'oidc-provider FAPI 2.0': 'asks for an assertion algorithm other than the only one that is listed, PS256',
  },
  'is told when the user signs out of another app': { keycloak: frontChannel },
  'is told when an administrator ends the session': { keycloak: frontChannel },
}

/**
 * Options without which an app cannot register there today, so that the other cells can be measured. Each is in force as
 * long as the cell "registers with the usual options" is a known failure, and goes with it.
 */
const workarounds: Partial<Record<ProviderName, Partial<RelyingPartyOptions>>> = {
  keycloak: { metadata: { scope: 'profile email' } },
  'oidc-provider FAPI 2.0': { metadata: { token_endpoint_auth_signing_alg: 'PS256' } },
}

export function workaroundFor(provider: ProviderName): Partial<RelyingPartyOptions> {
  const isNeeded = knownFailures['registers with the usual options']?.[provider] !== undefined
  return (isNeeded && workarounds[provider]) || {}
}
