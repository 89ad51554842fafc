import type { JWTPayload, JWTVerifyResult } from 'jose'
import type { IdTokenClaims } from '../../vocabulary/claims.ts'
import { showValue } from '../../vocabulary/clean-words.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { identifierRule, isIdentifier, isSessionId, sessionIdRule } from '../../vocabulary/identifier.ts'
import { refreshKeepsKid } from '../metadata/quirks.ts'
import { trusts } from '../metadata/trusted-audiences.ts'
import type { Connection } from '../provider/connection.ts'
import { describeClaim } from '../requests/failed-check.ts'
import { isImpossible } from '../requests/impossible-times.ts'
import { readUserClaims } from '../requests/lenient-answers.ts'
import { addSkew, describeSkew, isIntolerable } from '../requests/provider-clock.ts'
import { isAccessTokenHash } from './access-token-hash.ts'
import { failedVerification } from './failed-verification.ts'
import { isAboutClaims, isAboutTime, verifySignature, verifyUnderAnyKid } from './signature.ts'
import { verifyTenant } from './tenant.ts'
import { otherKind } from './token-kind.ts'

/**
 * Seconds since `iat` after which an ID token is too old to begin a login with (OpenID Connect Core 1.0 §3.1.3.7-10). An app
 * whose clock is ten minutes wrong signs nobody in: it could not tell when a logout token is new. Providers that set `iat` five
 * minutes back, such as Microsoft Entra ID, are within the limit.
 */
const MAX_AGE = 480

/**
 * Verifies what `openid-client` does not, after it has checked `iss`, `aud`, `azp`, `exp`, `iat`, `nbf` and `nonce`
 * of a token from the token endpoint: above all the signature, which the specification lets a client skip there.
 *
 * @param accessToken - The one that came with it. If the ID token has its hash, it must be that one.
 * @throws {@link OidcError} `ERR_OIDC_ID_TOKEN_INVALID`
 * @see OpenID Connect Core 1.0 §3.1.3.7, OpenID Connect Back-Channel Logout 1.0 §4.1
 */
export async function verifyIdToken(
  connection: Connection,
  idToken: string,
  accessToken: string,
): Promise<IdTokenClaims> {
  const expected = expectedOf(connection)
  const { payload, protectedHeader } = await verifySignature(connection.keys, idToken, {
    ...expected,
    clockTolerance: connection.clock.tolerance,
    maxTokenAge: MAX_AGE,
    requiredClaims: ['sub', 'exp', 'iat'],
  }).catch(error => {
    throw error instanceof OidcError
      ? error
      : rejectSigned(connection, error, failedVerification(error, expected, idToken))
  })
  const other = otherKind(protectedHeader, payload)
  if (other) throw reject(other)
  verifyTenant(connection, payload)
  verifyAudiences(payload, connection)
  verifySubject(payload)
  verifySid(payload)
  verifyAuthentication(payload, connection)
  verifyAccessTokenHash(payload, protectedHeader, accessToken)
  return readUserClaims(payload) as unknown as IdTokenClaims
}

function expectedOf({ metadata, clientId, algorithms }: Connection) {
  return { issuer: metadata.issuer, audience: clientId, algorithms: [...algorithms] }
}

/**
 * Verifies the ID token of a refresh: it must be about the same user and the same authentication as the one from the sign-in.
 *
 * @param before - The claims of the ID token from the sign-in.
 * @returns Whether the token may be used. One whose signature cannot be verified may not: it is ignored.
 * @throws {@link OidcError} `ERR_OIDC_ID_TOKEN_INVALID` if it belongs to a different user or authentication.
 * @see OpenID Connect Core 1.0 §12.2
 */
export async function verifyRefreshedIdToken(
  connection: Connection,
  idToken: string,
  before: IdTokenClaims,
): Promise<boolean> {
  const verified = await verifyRefreshedSignature(connection, idToken)
  if (!verified) return false
  const { payload, protectedHeader } = verified
  const other = otherKind(protectedHeader, payload)
  if (other) throw reject(other)
  verifyTenant(connection, payload)
  verifyAudiences(payload, connection)
  if (payload.sub !== before.sub) throw reject('sub is a different user')
  for (const name of ['auth_time', 'sid', 'nonce'])
    if (payload[name] !== undefined && before[name] !== undefined && payload[name] !== before[name])
      throw reject(`${name} differs from that of the sign-in`)
  return true
}

async function verifyRefreshedSignature(
  connection: Connection,
  idToken: string,
): Promise<JWTVerifyResult | undefined> {
  const expected = expectedOf(connection)
  const verify = refreshKeepsKid(connection.metadata) ? verifyUnderAnyKid : verifySignature
  return verify(connection.keys, idToken, {
    ...expected,
    clockTolerance: connection.clock.tolerance,
    requiredClaims: ['sub', 'exp', 'iat'],
  }).catch(error => {
    if (!isAboutClaims(error)) return undefined // its key is unknown, or the keys cannot be fetched now
    throw rejectSigned(connection, error, failedVerification(error, expected, idToken))
  })
}

/**
 * When the user authenticated, in seconds since 1970 by the provider's clock, if the ID token says so: before the token was issued,
 * whatever it says, or a logout by `sub` would never cover the login.
 */
export function authTimeOf({ auth_time: authTime, iat }: IdTokenClaims): number | undefined {
  return authTime === undefined ? undefined : Math.min(authTime, iat)
}

/** OpenID Connect Core 1.0 §3.1.3.7, items 3 and 5. */
function verifyAudiences({ aud, azp }: JWTPayload, { clientId, trustedAudiences }: Connection): void {
  const other = [aud].flat().find(audience => audience !== clientId && !trusts(trustedAudiences, audience))
  if (other !== undefined)
    throw reject(`aud also names ${showValue(other)}, which options.trustedAudiences does not list`)
  if (azp !== undefined && azp !== clientId)
    throw reject(describeClaim({ claim: 'azp', claims: { azp }, expected: clientId }))
}

function verifySubject({ sub }: JWTPayload): void {
  if (!isIdentifier(sub)) throw reject(`sub is not ${identifierRule}`)
}

function verifySid({ sid }: JWTPayload): void {
  if (sid !== undefined && !isSessionId(sid)) throw reject(`sid is not ${sessionIdRule}`)
}

/** Nobody authenticates in the future. It may be after `iat`, which Microsoft Entra ID sets back. */
function verifyAuthentication(claims: JWTPayload, { clock }: Connection): void {
  const { auth_time: authTime } = claims
  if (typeof authTime !== 'number' || authTime <= Date.now() / 1_000 + clock.tolerance) return
  throw reject(addSkew(describeClaim({ claim: 'auth_time', claims }), clock.skew(), clock.tolerance))
}

/** OpenID Connect Core 1.0 §3.1.3.8: an access token from elsewhere must not be used in its place. */
function verifyAccessTokenHash(
  { at_hash: hash }: JWTPayload,
  { alg }: { readonly alg: string },
  accessToken: string,
): void {
  if (hash === undefined || isAccessTokenHash(hash, accessToken, alg)) return
  throw reject('at_hash is not the hash of the access token')
}

/**
 * Where the times are refused, the difference between the clocks is the likely reason. A provider that does not send the time
 * has just told it by `iat`.
 */
function rejectSigned({ clock }: Connection, cause: unknown, reason: string): OidcError {
  const skew = isAboutTime(cause) ? (clock.skew() ?? ageOf(cause.payload)) : undefined
  const clocks = describeSkew(skew, clock.tolerance)
  if (clocks === undefined) return reject(reason, cause)
  const code = isIntolerable(skew, clock.tolerance) ? 'ERR_OIDC_CLOCKS_DIFFER' : 'ERR_OIDC_ID_TOKEN_INVALID'
  return new OidcError(code, {
    cause,
    message: `The times of the provider's ID token are not valid: ${reason}. ${clocks}.`,
  })
}

function ageOf({ iat }: JWTPayload): number | undefined {
  return typeof iat === 'number' && !isImpossible(iat) ? Math.round(Date.now() / 1_000 - iat) : undefined
}

function reject(reason: string, cause?: unknown): OidcError {
  return new OidcError('ERR_OIDC_ID_TOKEN_INVALID', { reason, cause })
}
