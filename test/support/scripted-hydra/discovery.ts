import { setTimeout as pause } from 'node:timers/promises'
import type { Answer } from '../scripted-provider/exchange.ts'
import type { HydraState } from './state.ts'
import { sendJson } from './wire.ts'

/** Hydra facts §1.6: what does not depend on the configuration. */
const CAPABILITIES = {
  backchannel_logout_session_supported: true,
  backchannel_logout_supported: true,
  claims_parameter_supported: false,
  claims_supported: ['sub'],
  code_challenge_methods_supported: ['plain', 'S256'],
  frontchannel_logout_session_supported: true,
  frontchannel_logout_supported: true,
  grant_types_supported: [
    'authorization_code',
    'implicit',
    'client_credentials',
    'refresh_token',
    'urn:ietf:params:oauth:grant-type:device_code',
  ],
  id_token_signed_response_alg: ['RS256'],
  id_token_signing_alg_values_supported: ['RS256'],
  request_object_signing_alg_values_supported: ['none', 'RS256', 'ES256'],
  request_parameter_supported: true,
  request_uri_parameter_supported: true,
  require_request_uri_registration: true,
  response_modes_supported: ['query', 'fragment', 'form_post'],
  response_types_supported: [
    'code',
    'code id_token',
    'id_token',
    'token id_token',
    'token',
    'token id_token code',
  ],
  scopes_supported: ['offline_access', 'offline', 'openid'],
  subject_types_supported: ['public'],
  token_endpoint_auth_methods_supported: [
    'client_secret_post',
    'client_secret_basic',
    'private_key_jwt',
    'none',
  ],
  userinfo_signed_response_alg: ['RS256'],
  userinfo_signing_alg_values_supported: ['none', 'RS256'],
}

const CREDENTIALS = {
  cryptographic_binding_methods_supported: ['jwk'],
  cryptographic_suites_supported: [
    'PS256',
    'RS256',
    'ES256',
    'PS384',
    'RS384',
    'ES384',
    'PS512',
    'RS512',
    'ES512',
    'EdDSA',
  ],
  format: 'jwt_vc_json',
  types: ['VerifiableCredential', 'UserInfoCredential'],
}

/** Hydra facts §1.6. */
export function discovery(state: HydraState): Answer {
  return async function discovery(_request, response) {
    await makeKey(state, 'ID token')
    // Hydra facts §1.1: a switch of its own, which has nothing to do with whether registration is on.
    sendJson(response, 200, hydraMetadata(state.issuer, state.registration.advertised))
  }
}

/** Hydra facts §4: several keys, the newest first. */
export function jwks(state: HydraState): Answer {
  return async function jwks(_request, response) {
    await makeKey(state, 'access token')
    sendJson(response, 200, { keys: state.keyRing.published })
  }
}

/** Hydra facts §9: whichever request comes first waits until its key is made. */
async function makeKey(
  { madeKeys, slowFirstKeys }: HydraState,
  key: 'ID token' | 'access token',
): Promise<void> {
  if (slowFirstKeys === 0 || madeKeys.has(key)) return
  await pause(slowFirstKeys)
  madeKeys.add(key)
}

/** What Hydra says of itself, with this registration endpoint. */
export function hydraMetadata(
  issuer: string,
  advertised: boolean | string,
): Readonly<Record<string, unknown>> & { readonly issuer: string } {
  const registration_endpoint = advertised === true ? `${issuer}/oauth2/register` : advertised
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth2/auth`,
    token_endpoint: `${issuer}/oauth2/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    revocation_endpoint: `${issuer}/oauth2/revoke`,
    end_session_endpoint: `${issuer}/oauth2/sessions/logout`,
    device_authorization_endpoint: `${issuer}/oauth2/device/auth`,
    credentials_endpoint_draft_00: `${issuer}/credentials`,
    credentials_supported_draft_00: [CREDENTIALS],
    ...(registration_endpoint !== false && { registration_endpoint }),
    ...CAPABILITIES,
  }
}
