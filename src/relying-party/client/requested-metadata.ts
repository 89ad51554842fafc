import { chooseAssertionAlgorithm } from '../../protocol/provider/client-assertion.ts'
import { signingAlgorithms } from '../../protocol/provider/discovery.ts'
import type { ProviderMetadata } from '../../protocol/provider/provider-metadata.ts'
import { registersRealmScopes } from '../../protocol/provider/quirks.ts'
import type {
  ClientAuthenticationMethod,
  ClientMetadata,
  RequestedMetadata,
} from '../../vocabulary/oauth2-client.ts'
import type { Settings } from '../options/settings.ts'
import type { GrantedClient } from './client-record-shape.ts'

/**
 * What the options ask for when the app registers: its addresses, the code flow, the scope it will use. `null` is for what is
 * not sent, and is removed from the registration of an earlier release.
 */
export function buildClientMetadata(settings: Settings, provider: ProviderMetadata): RequestedMetadata {
  const offline = settings.scope.split(' ').includes('offline_access')
  const { initiateLogin } = settings.routes
  const isInitiated = initiateLogin !== undefined && settings.secure // only https is allowed there
  return {
    client_name: settings.clientName,
    redirect_uris: [settings.redirectUri],
    post_logout_redirect_uris:
      settings.postLogoutRedirectUri === undefined ? null : [settings.postLogoutRedirectUri],
    response_types: ['code'],
    grant_types: offline ? ['authorization_code', 'refresh_token'] : ['authorization_code'],
    scope: registersRealmScopes(provider) ? null : settings.scope,
    initiate_login_uri: isInitiated ? settings.baseUrl + initiateLogin : null,
    ...logoutAddresses(settings),
    ...settings.metadata,
  }
}

/** OpenID Connect Back-Channel Logout 1.0 §2.2, Front-Channel Logout 1.0 §2: with the session, so that no other one ends. */
function logoutAddresses({ backchannelLogoutUri, frontchannelLogoutUri }: Settings): RequestedMetadata {
  return {
    backchannel_logout_uri: backchannelLogoutUri ?? null,
    backchannel_logout_session_required: backchannelLogoutUri === undefined ? null : true,
    frontchannel_logout_uri: frontchannelLogoutUri ?? null,
    frontchannel_logout_session_required: frontchannelLogoutUri === undefined ? null : true,
  }
}

/** What is sent: no member that is `null`. */
export function withoutNull(requested: RequestedMetadata): ClientMetadata {
  return Object.fromEntries(Object.entries(requested).filter(([, value]) => value !== null))
}

/**
 * What a new client gets beside what the options ask for: the best that the provider offers at that time. A client that is
 * there keeps what it was registered with. Not yet its keys.
 *
 * @returns What to ask for, and what to ask for next if the provider refuses the authentication method, unless the app has
 * chosen it.
 */
export function buildOffers(asked: RequestedMetadata, metadata: ProviderMetadata): readonly ClientMetadata[] {
  const algorithms = metadata.id_token_signing_alg_values_supported ?? ['RS256']
  const id_token_signed_response_alg =
    signingAlgorithms.find(algorithm => algorithms.includes(algorithm)) ?? 'RS256'
  const { token_endpoint_auth_method: chosen } = asked
  const methods = chosen === undefined ? offeredMethods(metadata) : [chosen]
  return methods.map(method => {
    const offer = { id_token_signed_response_alg, ...asked, token_endpoint_auth_method: method }
    const algorithm = chooseAssertionAlgorithm(metadata) ?? 'RS256'
    return withoutNull(
      method === 'private_key_jwt' ? { token_endpoint_auth_signing_alg: algorithm, ...offer } : offer,
    )
  })
}

/** Whether the options ask for another authentication method than was asked for this client: that needs other credentials. */
export function isOtherMethod(
  { granted, requestedMethod }: Pick<GrantedClient, 'granted' | 'requestedMethod'>,
  { token_endpoint_auth_method: asked }: RequestedMetadata,
): boolean {
  const before = requestedMethod ?? granted.token_endpoint_auth_method ?? 'client_secret_basic'
  return asked !== undefined && asked !== null && asked !== before
}

/**
 * The methods that the provider supports, the strongest first: a key that never leaves the app, otherwise a shared secret. A
 * provider that lists none supports `client_secret_basic` (OpenID Connect Discovery 1.0 §3).
 */
function offeredMethods(metadata: ProviderMetadata): readonly ClientAuthenticationMethod[] {
  const { token_endpoint_auth_methods_supported: listed } = metadata
  const preferred = ['private_key_jwt', 'client_secret_basic', 'client_secret_post'] as const
  const isUsable = (method: string): boolean =>
    method !== 'private_key_jwt' || chooseAssertionAlgorithm(metadata) !== undefined
  const offered = preferred.filter(method => listed?.includes(method) && isUsable(method))
  return offered.length > 0 ? offered : ['client_secret_basic']
}

/** The algorithm of the key that a registration needs, or `undefined` if it needs none. */
export function keyAlgorithm(asked: ClientMetadata): string | undefined {
  if (asked.token_endpoint_auth_method !== 'private_key_jwt') return undefined
  return asked.token_endpoint_auth_signing_alg ?? 'RS256'
}
