import { chooseAssertionAlgorithm } from '../../protocol/client-authentication/client-assertion.ts'
import { signsRequests } from '../../protocol/client-authentication/request-object.ts'
import { keyAlgorithmsOf } from '../../protocol/keys/encryption-algorithms.ts'
import { signingAlgorithms } from '../../protocol/keys/signing-algorithms.ts'
import { allowedBy } from '../../protocol/metadata/profile.ts'
import type { ProviderMetadata } from '../../protocol/metadata/provider-metadata.ts'
import { registersRealmScopes, registersSignedRequests } from '../../protocol/metadata/quirks.ts'
import { withoutUndefined } from '../../protocol/registration/client-information.ts'
import { encryptionDetails } from '../../protocol/registration/encryption-members.ts'
import type {
  ClientAuthenticationMethod,
  ClientMetadata,
  RequestedMetadata,
} from '../../vocabulary/oauth2-client.ts'
import type { Profile } from '../../vocabulary/profile.ts'
import type { Settings } from '../options/settings.ts'
import type { GrantedClient } from './client-record-shape.ts'

/**
 * What the options ask for when the app registers: its addresses, the code flow, the scope it will use. `null` is for what is
 * not sent, and is removed from the registration of an earlier release.
 */
export function buildClientMetadata(settings: Settings, provider: ProviderMetadata): RequestedMetadata {
  const offline = settings.scope.split(' ').includes('offline_access')
  const { initiateLogin, logoutCallback } = settings.routes
  const { addresses } = settings
  const isInitiated = initiateLogin !== undefined && settings.secure // only https is allowed there
  return {
    client_name: settings.clientName,
    redirect_uris: addresses.map(({ redirectUri }) => redirectUri),
    post_logout_redirect_uris:
      logoutCallback === undefined ? null : addresses.map(({ baseUrl }) => baseUrl + logoutCallback),
    response_types: ['code'],
    grant_types: offline ? ['authorization_code', 'refresh_token'] : ['authorization_code'],
    scope: registersRealmScopes(provider) ? null : settings.scope,
    initiate_login_uri: isInitiated ? settings.baseUrl + initiateLogin : null,
    ...(settings.jwksUri !== undefined && { jwks_uri: settings.jwksUri }),
    ...logoutAddresses(settings),
    ...profileMetadata(settings, provider),
    ...responseMetadata(settings, provider),
    ...encryptionDetails(settings.metadata, provider, settings.profile),
    ...settings.metadata,
    ...(!registersSignedRequests(provider) && { require_signed_request_object: null }),
  }
}

/** The method and the algorithms that a profile allows, by preference: a client from before the app had it is changed, too. */
function profileMetadata({ profile, metadata }: Settings, provider: ProviderMetadata): RequestedMetadata {
  if (profile === undefined) return {}
  const key = keyAlgorithmOf(metadata) ?? chooseAssertionAlgorithm(provider, profile)
  const isSigned = metadata.require_signed_request_object === true
  const { token_endpoint_auth_method: method = 'private_key_jwt' } = metadata
  return withoutUndefined({
    token_endpoint_auth_method: method,
    token_endpoint_auth_signing_alg: method === 'private_key_jwt' ? key : undefined,
    id_token_signed_response_alg: best(provider.id_token_signing_alg_values_supported, profile),
    request_object_signing_alg: isSigned ? key : undefined,
  })
}

/** Without it, the provider signs responses with RS256 (JARM §3). */
function responseMetadata(
  { profile, responseMode }: Settings,
  { authorization_signing_alg_values_supported: listed }: ProviderMetadata,
): RequestedMetadata {
  if (!responseMode.endsWith('jwt')) return {}
  return withoutUndefined({ authorization_signed_response_alg: best(listed, profile) })
}

function best(listed: unknown, profile: Profile | undefined): string | undefined {
  return allowedBy(profile).find(algorithm => Array.isArray(listed) && listed.includes(algorithm))
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
    const algorithm = keyAlgorithmOf(asked) ?? chooseAssertionAlgorithm(metadata) ?? 'RS256'
    if (method === 'private_key_jwt')
      return withoutNull({ token_endpoint_auth_signing_alg: algorithm, ...offer })
    const { jwks_uri: _, ...withoutKeys } = offer
    const hasKeys = signsRequests(asked) || keyAlgorithmsOf(asked).length > 0
    return withoutNull(hasKeys ? offer : withoutKeys)
  })
}

/**
 * Whether the options ask for another authentication method than was asked for this client, or for a key with another algorithm: that needs
 * other credentials.
 */
export function isOtherMethod(
  { granted, requestedMethod, privateKey }: Pick<GrantedClient, 'granted' | 'requestedMethod' | 'privateKey'>,
  asked: RequestedMetadata,
): boolean {
  const { token_endpoint_auth_method: method } = asked
  const before = requestedMethod ?? granted.token_endpoint_auth_method ?? 'client_secret_basic'
  if (method !== undefined && method !== null && method !== before) return true
  const algorithm = keyAlgorithmOf(asked)
  if (privateKey) return algorithm !== undefined && algorithm !== privateKey.alg
  return signsRequests(asked)
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

/** The algorithm of the key that a registration needs, or `undefined` if it needs none. One key signs assertions and requests. */
export function keyAlgorithm(asked: RequestedMetadata): string | undefined {
  const isNeeded = asked.token_endpoint_auth_method === 'private_key_jwt' || signsRequests(asked)
  return isNeeded ? (keyAlgorithmOf(asked) ?? 'RS256') : undefined
}

function keyAlgorithmOf({
  token_endpoint_auth_signing_alg: assertions,
  request_object_signing_alg: requests,
}: RequestedMetadata): string | undefined {
  return assertions ?? (requests === 'none' ? undefined : requests) ?? undefined
}
