import type { ProviderMetadata } from './provider-metadata.ts'

/**
 * Where providers differ from the specifications, all in this one place. Each entry names the provider and what it
 * does; the rest of the library knows no provider by name.
 */

/** Ory Hydra, and so Ory Network, ends sessions at a path of its own in every version. */
function isHydra({ end_session_endpoint: endpoint }: ProviderMetadata): boolean {
  return endpoint?.endsWith('/oauth2/sessions/logout') ?? false
}

/**
 * Whom a client assertion is for. The issuer, as the specifications now have it (RFC 7523bis §4); Hydra takes the token
 * endpoint alone, and never both in one.
 */
export function assertionAudience(metadata: ProviderMetadata): string {
  return isHydra(metadata) ? metadata.token_endpoint : metadata.issuer
}

/**
 * Errors after which the same sign-in, started again, can succeed. Hydra answers `request_forbidden` for the older of
 * two sign-ins that the same browser has begun.
 */
const restartableErrors: ReadonlySet<string> = new Set(['request_forbidden'])

/** Whether a sign-in that ended with this error may be started again at once. */
export function isRestartable(error: string): boolean {
  return restartableErrors.has(error)
}

/**
 * Whether a sign-out may name where it ends without an ID token, by `client_id` (OpenID Connect RP-Initiated Logout 1.0
 * §2). Hydra ignores `client_id` and answers with an error page.
 */
export function takesLogoutWithoutHint(metadata: ProviderMetadata): boolean {
  return !isHydra(metadata)
}

/**
 * Whether an error of the token endpoint means that our client was refused. Hydra says `invalid_request` for an assertion
 * whose key it does not know.
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
 * Whether a refused refresh may be sent once more. Hydra says `invalid_request` when two refreshes met in its database; the
 * refresh token is still good then.
 */
export function isRefreshRetryable(metadata: ProviderMetadata, error: string | undefined): boolean {
  return isHydra(metadata) && error === 'invalid_request'
}

/** Whether a refresh ends the access tokens that were given before, as it does at Hydra. */
export function refreshEndsAccessTokens(metadata: ProviderMetadata): boolean {
  return isHydra(metadata)
}

/** Whether a refreshed ID token can bear the `kid` of the sign-in: Hydra signs it with its newest key all the same. */
export function refreshKeepsKid(metadata: ProviderMetadata): boolean {
  return isHydra(metadata)
}
