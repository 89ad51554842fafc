import type { ScriptedProvider } from '../scripted-provider.ts'

const FOUR = ['PS256', 'ES256', 'EdDSA', 'Ed25519']
export const boundByTls = { tls_client_certificate_bound_access_tokens: true }

/** A provider that has everything but what is taken away. */
export function equip(provider: ScriptedProvider, changed: object = {}): void {
  Object.assign(provider.metadata, {
    pushed_authorization_request_endpoint: `${provider.issuer}/pushed`,
    id_token_signing_alg_values_supported: ['RS256', 'PS256'],
    dpop_signing_alg_values_supported: FOUR,
    tls_client_certificate_bound_access_tokens: true,
    request_object_signing_alg_values_supported: FOUR,
    authorization_signing_alg_values_supported: FOUR,
    response_modes_supported: ['query', 'jwt'],
    ...changed,
  })
}
