import { chooseAssertionAlgorithm } from '../protocol/client-authentication.ts'
import type { Provider } from '../protocol/connection.ts'
import { type ProviderMetadata, signingAlgorithms } from '../protocol/discovery.ts'
import type { ClientAuthenticationMethod, ClientMetadata } from '../vocabulary/oauth2-client.ts'
import type { Settings } from './settings.ts'

/** What the app asks for when it registers: its addresses, the code flow, the scope it will use. Not yet its keys. */
export function buildClientMetadata(settings: Settings, { metadata }: Provider): ClientMetadata {
  const offline = settings.scope.split(' ').includes('offline_access')
  const algorithms = metadata.id_token_signing_alg_values_supported ?? ['RS256']
  const asked: ClientMetadata = {
    client_name: settings.clientName,
    redirect_uris: [settings.redirectUri],
    post_logout_redirect_uris: [settings.postLogoutRedirectUri],
    response_types: ['code'],
    grant_types: offline ? ['authorization_code', 'refresh_token'] : ['authorization_code'],
    scope: settings.scope,
    token_endpoint_auth_method: chooseMethod(metadata),
    id_token_signed_response_alg:
      signingAlgorithms.find(algorithm => algorithms.includes(algorithm)) ?? 'RS256',
    ...settings.metadata,
  }
  if (asked.token_endpoint_auth_method !== 'private_key_jwt') return asked
  return { token_endpoint_auth_signing_alg: chooseAssertionAlgorithm(metadata), ...asked }
}

/** The strongest method that the provider supports: a key that never leaves the app, else a shared secret. */
function chooseMethod({
  token_endpoint_auth_methods_supported: supported,
}: ProviderMetadata): ClientAuthenticationMethod {
  const preferred = ['private_key_jwt', 'client_secret_basic', 'client_secret_post'] as const
  return preferred.find(method => supported?.includes(method)) ?? 'client_secret_basic'
}
