import type { JWTPayload, ProtectedHeaderParameters } from 'jose'
import { decodeProtectedHeader } from 'jose/decode/protected_header'
import type { AccessTokenClaims } from '../../vocabulary/claims.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { allowedBy } from '../metadata/profile.ts'
import { clientClaims } from '../metadata/quirks.ts'
import type { Provider } from '../provider/connection.ts'
import { addSkew } from '../requests/provider-clock.ts'
import { type AccessTokenRules, refusal, verifyAccessTokenClaims } from './access-token-claims.ts'
import { admitTenantOf, rulesOfTenant } from './access-token-tenant.ts'
import { failedVerification } from './failed-verification.ts'
import { isAboutTime, verifySignature } from './signature.ts'
import { otherKind, typeOf } from './token-kind.ts'

/** Whether an access token is a JWT. Any other token can only be checked by the provider. */
export function isJwt(token: string): boolean {
  return headerOf(token) !== undefined
}

/**
 * Verifies an access token that is a JWT.
 *
 * @param allowUntypedTokens - Accepts a token whose `typ` is not `at+jwt`, unless it is known to be another kind of token.
 * @throws {@link OidcError} `ERR_OIDC_BEARER_TOKEN_INVALID`; `ERR_OIDC_PROVIDER_UNAVAILABLE` without the provider's keys;
 * `ERR_OIDC_LOGIN_UNDECIDED` if the app could not say whether it admits the tenant.
 * @see RFC 9068 §4
 */
export async function verifyAccessToken(
  provider: Provider,
  token: string,
  { allowUntypedTokens, ...rules }: AccessTokenRules & { readonly allowUntypedTokens: boolean },
): Promise<AccessTokenClaims> {
  const { keys, clock, profile } = provider
  const isTyped = typeOf(headerOf(token) ?? {}) === 'at+jwt'
  if (!isTyped && !allowUntypedTokens) throw refusal('its typ is not at+jwt')
  const ownRules = rulesOfTenant(provider, token, rules)
  const algorithms = [...allowedBy(profile)]
  const { payload, protectedHeader } = await verifySignature({ getKey: keys.getKeyForStranger }, token, {
    algorithms,
    clockTolerance: clock.tolerance,
  }).catch(error => {
    if (error instanceof OidcError) throw error
    const reason = failedVerification(error, { algorithms })
    throw refusal(isAboutTime(error) ? addSkew(reason, clock.skew(), clock.tolerance) : reason, error)
  })
  const other = isTyped ? undefined : (otherKind(protectedHeader, payload) ?? idTokenSign(payload))
  if (other) throw refusal(other)
  const claims = verifyAccessTokenClaims(payload, ownRules, clock)
  if (!namesClient(claims)) throw refusal('client_id is missing')
  await admitTenantOf(provider, claims)
  return claims
}

/** Reads the header of a JWT, or returns `undefined` for any other string. */
function headerOf(token: string): ProtectedHeaderParameters | undefined {
  try {
    return decodeProtectedHeader(token)
  } catch {
    return undefined
  }
}

/** Finds claims that only ID tokens have (OpenID Connect Core 1.0 §2, §3.1.3.6, §3.3.2.11). */
function idTokenSign(payload: JWTPayload): string | undefined {
  const isIdToken = ['nonce', 'at_hash', 'c_hash', 's_hash'].some(name => Object.hasOwn(payload, name))
  return isIdToken ? 'it is an ID token' : undefined
}

/** RFC 9068 §2.2 requires it, and it tells an access token from an ID token. */
function namesClient(claims: AccessTokenClaims): boolean {
  return typeof claims.client_id === 'string' || clientClaims.every(name => typeof claims[name] === 'string')
}
