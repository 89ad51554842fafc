import { randomBytes } from 'node:crypto'
import type { RelyingPartyOptions } from '../index.ts'

export type Profile = NonNullable<RelyingPartyOptions['profile']>

/** Whether a test names a profile that exists. */
export function isProfile(value: unknown): boolean {
  return value === 'fapi2' || value === 'fapi2-message-signing'
}

const algorithms = ['PS256', 'ES256', 'EdDSA', 'Ed25519']

/** The algorithm with which a provider signs. */
export function signingAlgorithmOf(profile: Profile | undefined): 'RS256' | 'PS256' {
  return profile === undefined ? 'RS256' : 'PS256'
}

/** The part of a provider's configuration that a profile decides. */
interface ProfileConfiguration {
  readonly clientAuthMethods?: readonly string[]
  readonly enabledJWA?: object
  readonly clientDefaults?: object
  readonly features?: object
}

/**
 * Builds a provider that accepts nothing that a profile forbids (FAPI 2.0 Security Profile §5.3.2): requests are pushed, clients
 * authenticate with a key, and tokens are bound to one. Each proof needs a nonce of the provider.
 */
export function profileConfiguration(profile: Profile | undefined): ProfileConfiguration {
  if (profile === undefined) return {}
  const alg = signingAlgorithmOf(profile)
  const isSigned = profile === 'fapi2-message-signing'
  return {
    clientAuthMethods: ['private_key_jwt'],
    clientDefaults: {
      id_token_signed_response_alg: alg,
      dpop_bound_access_tokens: true,
      ...(isSigned && { authorization_signed_response_alg: alg }),
    },
    enabledJWA: {
      clientAuthSigningAlgValues: algorithms,
      idTokenSigningAlgValues: [alg],
      dPoPSigningAlgValues: algorithms,
      ...(isSigned && {
        requestObjectSigningAlgValues: algorithms,
        authorizationSigningAlgValues: [alg],
      }),
    },
    features: {
      fapi: { enabled: true, profile: '2.0' },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
      ...(isSigned && {
        requestObjects: { enabled: true, requireSignedRequestObject: true },
        jwtResponseModes: { enabled: true },
      }),
    },
  }
}
