import type { ProviderMetadata } from './provider-metadata.ts'

/**
 * Where providers differ from the specifications. Each entry names the provider and what it does. What the library does for some
 * providers and not for others is decided only here. Where other files name one, it is an example of what any provider may send, such as
 * Entra ID's `hasgroups` in `vocabulary/distributed-claims.ts`.
 */

/** Every version of Ory Hydra, and so of Ory Network, ends sessions at this path. */
function isHydra({ end_session_endpoint: endpoint }: ProviderMetadata): boolean {
  return endpoint?.endsWith('/oauth2/sessions/logout') ?? false
}

/** Keycloak, whose realms all authorize at this path. */
function isKeycloak({ authorization_endpoint: endpoint }: ProviderMetadata): boolean {
  return endpoint?.endsWith('/protocol/openid-connect/auth') ?? false
}

/**
 * Whether a registration without `scope` lets the client request every scope that the app may need. At Keycloak it gets the
 * realm's own scopes then; one that names scopes gets only those, and the realm's policy may refuse them.
 */
export function registersRealmScopes(metadata: ProviderMetadata): boolean {
  return isKeycloak(metadata)
}

/**
 * Whether a registration may say that requests must be signed. Keycloak 26 answers 400 "Unrecognized field" to that; the registered algorithm of
 * signed requests has the same effect there.
 */
export function registersSignedRequests(metadata: ProviderMetadata): boolean {
  return !isKeycloak(metadata)
}

/** The claim in which Microsoft Entra ID repeats the tenant that is in `iss`, where one document serves many tenants. */
export const tenantClaim = 'tid'

/**
 * The claims in which an access token of Microsoft Entra ID (version 2.0) names its client and how that has authenticated, instead of
 * `client_id`. Its ID tokens have neither.
 */
export const clientClaims: readonly string[] = ['azp', 'azpacr']

/** The token endpoints of Microsoft Entra ID, Authelia, Login.gov and NHS login. */
const assertedAt: readonly RegExp[] = [
  /\/oauth2\/v2\.0\/token(\?|$)/,
  /\/api\/oidc\/token$/,
  /\/api\/openid_connect\/token$/,
  /^https:\/\/([\w-]+\.)*login\.nhs\.uk\/token$/,
]

/**
 * The audience of a client assertion that the provider accepts: the issuer, as the specifications now require (RFC 7523bis
 * §4). Hydra accepts only the token endpoint, and rejects an assertion that names both; so do the providers in the list.
 */
export function acceptedAudience(metadata: ProviderMetadata): 'issuer' | 'token_endpoint' {
  const { token_endpoint: endpoint } = metadata
  const isAsserted = isHydra(metadata) || assertedAt.some(pattern => pattern.test(endpoint))
  return isAsserted ? 'token_endpoint' : 'issuer'
}

/** The authorization endpoint of GOV.UK One Login. */
const requestedAt = /^https:\/\/oidc\.(\w+\.)*account\.gov\.uk\/authorize$/

/** The audience of a signed request: the issuer (RFC 9101 §4). The provider above accepts only the endpoint that the request is sent to. */
export function requestAudience({ issuer, authorization_endpoint: endpoint = '' }: ProviderMetadata): string {
  return requestedAt.test(endpoint) ? endpoint : issuer
}

/**
 * Errors after which the same sign-in can succeed if it is started again. Hydra answers `request_forbidden` for the older
 * of two sign-ins in the same browser.
 */
const restartableErrors: ReadonlySet<string> = new Set(['request_forbidden'])

/** Whether a sign-in that ended with this error may be restarted immediately. */
export function isRestartable(error: string): boolean {
  return restartableErrors.has(error)
}

/** The end session endpoints of authentik, OneLogin and GOV.UK One Login. */
const hinted: readonly RegExp[] = [
  /\/application\/o\/[^/]+\/end-session\/(\?|$)/,
  /^https:\/\/[\w-]+\.onelogin\.com\/oidc\/2\/logout(\?|$)/,
  /^https:\/\/oidc\.(\w+\.)*account\.gov\.uk\/logout(\?|$)/,
]

/**
 * Whether a logout without an ID token may identify the client with `client_id` (OpenID Connect RP-Initiated Logout 1.0
 * §2). Hydra ignores `client_id`, and the providers in the list answer a return address without an ID token with an error page, too.
 */
export function takesLogoutWithoutHint(metadata: ProviderMetadata): boolean {
  const { end_session_endpoint: endpoint = '' } = metadata
  return !isHydra(metadata) && !hinted.some(pattern => pattern.test(endpoint))
}

/**
 * Whether an error of the token endpoint means that the client was refused. Hydra answers `invalid_request` to an assertion
 * that was signed with a key it does not know.
 */
export function isClientRefusal(
  metadata: ProviderMetadata,
  error: string,
  method: string | undefined,
): boolean {
  if (error === 'invalid_client' || error === 'unauthorized_client') return true
  return isHydra(metadata) && method === 'private_key_jwt' && error === 'invalid_request'
}

/**
 * Whether a refused refresh may be sent once more. Hydra answers `invalid_request` when two refreshes conflict in its
 * database; the refresh token is still valid then.
 */
export function isRefreshRetryable(metadata: ProviderMetadata, error: string | undefined): boolean {
  return isHydra(metadata) && error === 'invalid_request'
}

/** Whether logout tokens have no `exp`, as those of Hydra: OpenID Connect Back-Channel Logout 1.0 §2.4 requires it. */
export function omitsLogoutExpiry(metadata: ProviderMetadata): boolean {
  return isHydra(metadata)
}

/** Whether UserInfo may be signed by another algorithm than was registered: Hydra signs with the key that it has. */
export function signsWithAnyKey(metadata: ProviderMetadata): boolean {
  return isHydra(metadata)
}

/** Whether a refresh invalidates the access tokens that were issued before, as it does at Hydra. */
export function refreshEndsAccessTokens(metadata: ProviderMetadata): boolean {
  return isHydra(metadata)
}

/** Whether a refreshed ID token can have the `kid` of the sign-in although Hydra signed it with its newest key. */
export function refreshKeepsKid(metadata: ProviderMetadata): boolean {
  return isHydra(metadata)
}

/** What an app loses at this provider with a front-channel logout address, in a sentence. */
export function frontchannelLoss(metadata: ProviderMetadata): string | undefined {
  if (isKeycloak(metadata))
    return 'Keycloak sends no logout tokens to a client that has such an address, so sessions that it ends itself continue here.'
  if (isHydra(metadata))
    return 'Ory Hydra then shows a page of frames at each sign-out, which takes up to 7 s, instead of redirecting at once.'
  return undefined
}

/** The member in which an answer without `error` says what is wrong, as Twitch's do. */
export const wordsMember = 'message'

/** What operators of Ory Hydra have to know about registrations, which depend on two switches there, and are not for its admin API. */
export const hydraRegistration = {
  endpoint: (issuer: string): string => `${issuer.replace(/\/$/, '')}/oauth2/register`,
  /** The path of clients in the admin API. */
  adminPath: /(^|\/)(admin\/)?clients\/?$/,
  switchOn:
    'At Ory Hydra, set oidc.dynamic_client_registration.enabled: true, or OIDC_DYNAMIC_CLIENT_REGISTRATION_ENABLED=true; at Ory Network, run: ory patch oauth2-config --replace "/oidc/dynamic_client_registration/enabled=true"',
  announce: (issuer: string): string =>
    `At Ory Hydra, set webfinger.oidc_discovery.client_registration_url: ${hydraRegistration.endpoint(issuer)}`,
}
