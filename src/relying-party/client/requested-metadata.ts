import { chooseAssertionAlgorithm } from '../../protocol/provider/client-authentication.ts'
import { signingAlgorithms } from '../../protocol/provider/discovery.ts'
import type { ProviderMetadata } from '../../protocol/provider/provider-metadata.ts'
import type {
  ClientAuthenticationMethod,
  ClientInformation,
  ClientMetadata,
  JsonWebKey,
} from '../../vocabulary/oauth2-client.ts'
import type { Settings } from '../options/settings.ts'

/** What the options ask for when the app registers: its addresses, the code flow, the scope it will use. */
export function buildClientMetadata(settings: Settings): ClientMetadata {
  const offline = settings.scope.split(' ').includes('offline_access')
  const { initiateLogin } = settings.routes
  return {
    client_name: settings.clientName,
    redirect_uris: [settings.redirectUri],
    post_logout_redirect_uris: [settings.postLogoutRedirectUri],
    response_types: ['code'],
    grant_types: offline ? ['authorization_code', 'refresh_token'] : ['authorization_code'],
    scope: settings.scope,
    ...(initiateLogin !== undefined &&
      settings.secure && { initiate_login_uri: settings.baseUrl + initiateLogin }), // only https is allowed there
    ...logoutAddresses(settings),
    ...settings.metadata,
  }
}

/** OpenID Connect Back-Channel Logout 1.0 §2.2, Front-Channel Logout 1.0 §2: with the session, so that no other one ends. */
function logoutAddresses({ backchannelLogoutUri, frontchannelLogoutUri }: Settings): ClientMetadata {
  return {
    ...(backchannelLogoutUri === undefined
      ? {}
      : { backchannel_logout_uri: backchannelLogoutUri, backchannel_logout_session_required: true }),
    ...(frontchannelLogoutUri === undefined
      ? {}
      : { frontchannel_logout_uri: frontchannelLogoutUri, frontchannel_logout_session_required: true }),
  }
}

/**
 * What a new client gets beside what the options ask for: the best that the provider offers at that time. A client that is
 * there keeps what it was registered with. Not yet its keys.
 */
export function withBestOffers(asked: ClientMetadata, metadata: ProviderMetadata): ClientMetadata {
  const algorithms = metadata.id_token_signing_alg_values_supported ?? ['RS256']
  const client: ClientMetadata = {
    token_endpoint_auth_method: chooseMethod(metadata),
    id_token_signed_response_alg:
      signingAlgorithms.find(algorithm => algorithms.includes(algorithm)) ?? 'RS256',
    ...asked,
  }
  if (client.token_endpoint_auth_method !== 'private_key_jwt') return client
  return { token_endpoint_auth_signing_alg: chooseAssertionAlgorithm(metadata), ...client }
}

/** Whether the options ask for another way to prove who the app is than the client has: that needs other credentials. */
export function isOtherMethod(
  granted: ClientMetadata,
  { token_endpoint_auth_method: asked }: ClientMetadata,
): boolean {
  return asked !== undefined && asked !== (granted.token_endpoint_auth_method ?? 'client_secret_basic')
}

/** What the provider says of a client, with the way to prove who it is that its credentials are for. */
export function withMethodOf(
  { token_endpoint_auth_method, token_endpoint_auth_signing_alg }: ClientMetadata,
  seen: ClientInformation,
): ClientInformation {
  const method = token_endpoint_auth_method === undefined ? {} : { token_endpoint_auth_method }
  const algorithm = token_endpoint_auth_signing_alg === undefined ? {} : { token_endpoint_auth_signing_alg }
  return { ...seen, ...method, ...algorithm }
}

/** The strongest method that the provider supports: a key that never leaves the app, else a shared secret. */
function chooseMethod({
  token_endpoint_auth_methods_supported: supported,
}: ProviderMetadata): ClientAuthenticationMethod {
  const preferred = ['private_key_jwt', 'client_secret_basic', 'client_secret_post'] as const
  return preferred.find(method => supported?.includes(method)) ?? 'client_secret_basic'
}

/** What the provider makes, and what Hydra refuses from a client that registered itself. */
const notEchoed = [
  'client_id',
  'client_id_issued_at',
  'client_secret',
  'client_secret_expires_at',
  'registration_access_token',
  'registration_client_uri',
  'created_at',
  'updated_at',
  'metadata',
  'skip_consent',
  'skip_logout_consent',
  'access_token_strategy',
]

/**
 * Builds a whole replacement (RFC 7592 §2.2) from what we ask and from what the provider says the client is now. Addresses
 * and scopes that replicas of an older release still use stay registered.
 */
export function buildReplacement(
  seen: ClientInformation,
  asked: ClientMetadata,
  keys: readonly JsonWebKey[],
): ClientMetadata {
  const echoed = Object.fromEntries(Object.entries(seen).filter(([member]) => !notEchoed.includes(member)))
  const { jwks: _, ...rest } = { ...echoed, ...asked }
  const scopes = union(asked.scope?.split(' '), seen.scope?.split(' '))
  const replacement: ClientMetadata = {
    ...rest,
    ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
    redirect_uris: union(asked.redirect_uris, seen.redirect_uris),
    post_logout_redirect_uris: union(asked.post_logout_redirect_uris, seen.post_logout_redirect_uris),
  }
  return keys.length > 0 ? { ...replacement, jwks: { keys } } : replacement
}

/** What is asked, with the addresses and scopes that a client has already. */
export function withAddressesOf(granted: ClientMetadata, asked: ClientMetadata): ClientMetadata {
  return {
    ...asked,
    redirect_uris: union(asked.redirect_uris, granted.redirect_uris),
    post_logout_redirect_uris: union(asked.post_logout_redirect_uris, granted.post_logout_redirect_uris),
    scope: union(asked.scope?.split(' '), granted.scope?.split(' ')).join(' '),
  }
}

/** Whether what is granted already covers what is asked, so that nothing need be changed. */
export function covers(
  { scope: words, ...granted }: ClientMetadata,
  { scope, ...asked }: ClientMetadata,
): boolean {
  if (scope !== undefined && !isCovered(words?.split(' '), scope.split(' '))) return false
  return Object.entries(asked).every(([member, value]) => isCovered(granted[member], value))
}

function isCovered(granted: unknown, asked: unknown): boolean {
  if (Array.isArray(asked)) return Array.isArray(granted) && asked.every(member => granted.includes(member))
  if (granted === undefined) return true // a member that the provider does not know
  return JSON.stringify(granted) === JSON.stringify(asked)
}

/** What an administrator has set on the client that a replacement would reset, for want of a way to keep it at Hydra. */
export function administratorsValues(seen: ClientInformation): string[] {
  const { skip_consent, skip_logout_consent, access_token_strategy, metadata } = seen
  const isSet = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && Object.keys(value).length > 0
  const values = {
    skip_consent,
    skip_logout_consent,
    access_token_strategy,
    metadata: isSet(metadata) || undefined,
  }
  return Object.entries(values).flatMap(([member, value]) => (value ? [member] : []))
}

function union(one: readonly string[] = [], other: readonly string[] = []): string[] {
  return [...new Set([...one, ...other])]
}

/** What must be registered for anybody to sign in: the addresses and the scope. */
export function essentialsOf({ redirect_uris, scope }: ClientMetadata): ClientMetadata {
  return { ...(redirect_uris ? { redirect_uris } : {}), ...(scope ? { scope } : {}) }
}

/** The algorithm of the key that a registration needs, or `undefined` if it needs none. */
export function keyAlgorithm(asked: ClientMetadata): string | undefined {
  if (asked.token_endpoint_auth_method !== 'private_key_jwt') return undefined
  return asked.token_endpoint_auth_signing_alg ?? 'RS256'
}
