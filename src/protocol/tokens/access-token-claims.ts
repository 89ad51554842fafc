import type { AccessTokenClaims } from '../../vocabulary/claims.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { identifierRule, isIdentifier } from '../../vocabulary/identifier.ts'
import { isObject, type JsonObject } from '../../vocabulary/json.ts'
import { describeClaim } from '../requests/failed-check.ts'
import { findImpossibleTime } from '../requests/impossible-times.ts'
import { readUserClaims } from '../requests/lenient-answers.ts'
import { addSkew, type ProviderClock } from '../requests/provider-clock.ts'

/** Which access tokens this app accepts. */
export interface AccessTokenRules {
  readonly issuer: string
  /** This app's names as a resource server. A token must name at least one of them. */
  readonly audience: readonly string[]
}

/**
 * Verifies the claims of an access token, whether they come from a verified JWT or from introspection.
 *
 * @throws {@link OidcError} `ERR_OIDC_BEARER_TOKEN_INVALID`
 * @see RFC 9068 §4, RFC 7662 §2.2
 */
export function verifyAccessTokenClaims(
  claims: JsonObject,
  rules: AccessTokenRules,
  clock: ProviderClock,
): AccessTokenClaims {
  const refuseClaim = (claim: string, expected: unknown): OidcError =>
    refusal(describeClaim({ claim, claims, expected }))
  if (claims['iss'] !== rules.issuer) throw refuseClaim('iss', rules.issuer)
  if (!isFor(rules.audience, claims['aud'])) throw refuseClaim('aud', rules.audience)
  verifyTimes(claims, clock)
  verifySubject(claims)
  bindingOf(claims) // refuses what is bound in a way that nobody checks
  return readUserClaims(claims) as unknown as AccessTokenClaims
}

/** What an access token is bound to: a key that a DPoP proof shows, or the certificate of a TLS connection. */
export interface Binding {
  readonly to: 'key' | 'certificate'
  readonly thumbprint: string
}

/**
 * What an access token is bound to (RFC 9449 §6.1, RFC 8705 §3.1), or `undefined` for a bearer token. A bound token is good only with a
 * proof or with a certificate, which the caller of this function verifies.
 *
 * @throws {@link OidcError} `ERR_OIDC_BEARER_TOKEN_INVALID` for one that is bound to anything else.
 */
export function bindingOf({ cnf }: JsonObject): Binding | undefined {
  if (cnf === undefined) return undefined
  const { jkt, 'x5t#S256': certificate }: JsonObject = isObject(cnf) ? cnf : {}
  if (typeof jkt === 'string' && certificate === undefined) return { to: 'key', thumbprint: jkt }
  if (typeof certificate === 'string' && jkt === undefined)
    return { to: 'certificate', thumbprint: certificate }
  throw refusal('it is bound to something other than a key that a DPoP proof shows, or a certificate')
}

/** The granted scope, separated by spaces. Some JWTs, such as Hydra's, hold it as a list named `scp`. */
export function scopeOf({ scope, scp }: JsonObject): string {
  const held = [scope ?? scp ?? []].flat()
  return held.filter(word => typeof word === 'string').join(' ')
}

/** Builds the error for an invalid access token. Its reason reaches the log and the events, but never the client. */
export function refusal(reason: string, cause?: unknown): OidcError {
  return new OidcError('ERR_OIDC_BEARER_TOKEN_INVALID', {
    message: `The access token is not valid: ${reason}.`,
    cause,
  })
}

function isFor(audience: readonly string[], aud: unknown): boolean {
  return [aud].flat().some(name => typeof name === 'string' && audience.includes(name))
}

function verifyTimes(claims: JsonObject, clock: ProviderClock): void {
  const impossible = findImpossibleTime(claims)
  if (impossible) throw refusal(describeClaim({ claim: impossible, claims }))
  const { exp, iat, nbf } = claims
  const refuse = (reason: string): OidcError => refusal(addSkew(reason, clock.skew(), clock.tolerance))
  const now = Date.now() / 1_000
  if (typeof exp !== 'number' || typeof iat !== 'number') throw refusal('exp or iat is missing')
  if (exp + clock.tolerance <= now) throw refuse(describeClaim({ claim: 'exp', claims: { exp } }))
  if (iat - clock.tolerance > now) throw refuse(describeClaim({ claim: 'iat', claims: { iat } }))
  if (nbf === undefined) return
  if (typeof nbf !== 'number' || nbf - clock.tolerance > now)
    throw refuse(describeClaim({ claim: 'nbf', claims: { nbf } }))
}

function verifySubject({ sub }: JsonObject): void {
  if (!isIdentifier(sub)) throw refusal(`sub is not ${identifierRule}`)
}
