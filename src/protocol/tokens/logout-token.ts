import type { JWTPayload, ProtectedHeaderParameters } from 'jose'
import { decodeProtectedHeader } from 'jose/decode/protected_header'
import { decodeJwt } from 'jose/jwt/decode'
import { sentenceOf } from '../../vocabulary/error-codes.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { identifierRule, isIdentifier, isSessionId, sessionIdRule } from '../../vocabulary/identifier.ts'
import { isObject } from '../../vocabulary/json.ts'
import { isEncrypted } from '../keys/response-encryption.ts'
import { isIssuerOf, isTemplate } from '../metadata/issuer-template.ts'
import { omitsLogoutExpiry } from '../metadata/quirks.ts'
import { type TrustedAudiences, trusts } from '../metadata/trusted-audiences.ts'
import type { Connection } from '../provider/connection.ts'
import { addSkew } from '../requests/provider-clock.ts'
import { failedVerification } from './failed-verification.ts'
import { openForAny } from './open-for-any.ts'
import { isAboutTime, verifySignature } from './signature.ts'
import { logoutEvent, typeOf } from './token-kind.ts'

/** A verified logout token. It names a session at the provider, or a user, or both. */
export interface LogoutToken {
  readonly clientId: string
  /** The issuer of one tenant, where the provider's issuer is a template. */
  readonly tenantIssuer?: string | undefined
  readonly jti: string
  /** Seconds since 1970 by the provider's clock. */
  readonly iat: number
  readonly sid?: string | undefined
  readonly sub?: string | undefined
}

/** What a logout token is checked against. */
export interface LogoutTokenRules {
  readonly issuer: string
  /** The app's current client, whose provider has signed the token. */
  readonly current: () => Promise<Connection>
  /** Finds the connection of one of this app's clients, current or retiring, among those that are known. */
  readonly known: (clientId: string) => Promise<Connection | undefined>
  /** Every client of this app that is known. */
  readonly all: () => Promise<readonly Connection[]>
  /** Looks for a client that is not known. */
  readonly lookedUp: (clientId: string) => Promise<Connection | undefined>
  /** Other audiences that the token may name. */
  readonly trustedAudiences: TrustedAudiences
  /** Called before a token is refused that the provider has signed for a client that was not found. */
  readonly onUnknownClient: () => void
  /** Whether `exp` and the type `logout+jwt` are required. */
  readonly isStrict: boolean
}

const LONGEST = 8_192
/** Seconds after `iat` for which a token is accepted. */
const MAX_AGE = 120
/**
 * Seconds by which the clocks may differ, twice as many as elsewhere. A logout token that is refused because of a clock
 * leaves sessions open that should have ended, and the provider may never send another. One that is accepted a little
 * late can only end the sessions that it was issued to end.
 */
export const LOGOUT_CLOCK_TOLERANCE = 60
const MOST_AUDIENCES = 5

/**
 * Verifies a logout token: cheap checks first, then the signature. A token from Ory Hydra has no `exp`, no `sub` and the
 * type `JWT`, so its age is bounded by `iat`.
 *
 * @throws {@link OidcError} `ERR_OIDC_LOGOUT_TOKEN_INVALID`, with the reason for the operator.
 * @see OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6
 */
export async function verifyLogoutToken(text: string, rules: LogoutTokenRules): Promise<LogoutToken> {
  const token = await openToken(text, rules)
  const { header, claims } = decode(token)
  verifyHeader(header, rules.isStrict)
  if (!isIssuerOf(rules.issuer, claims.iss)) throw reject('iss is a different issuer')
  const connection = await findClient(token, claims.aud, rules)
  const payload = await verifySigned(connection, token, rules)
  verifyJti(payload)
  verifySubject(payload)
  verifyEvents(payload)
  if (Object.hasOwn(payload, 'nonce')) throw reject('it has a nonce, so it is not a logout token')
  const { jti = '', iat = 0, sid, sub } = payload as JWTPayload & { readonly sid?: string }
  const tenantIssuer = isTemplate(rules.issuer) ? claims.iss : undefined
  return { clientId: connection.clientId, tenantIssuer, jti, iat, sid, sub }
}

/** Builds the answer to a refused logout token (OpenID Connect Back-Channel Logout 1.0 §2.8). It gives no details. */
export function buildLogoutRefusal({ status, code }: OidcError): object {
  const error = status === 400 ? 'invalid_request' : 'temporarily_unavailable'
  return { error, error_description: sentenceOf(code) }
}

/** A provider that encrypts ID tokens may encrypt logout tokens in the same way (OpenID Connect Back-Channel Logout 1.0 §2.4). */
async function openToken(text: string, { all }: LogoutTokenRules): Promise<string> {
  if (text.length > LONGEST || !isEncrypted(text)) return text
  const opened = await openForAny('id_token', text, await all())
  if (opened === undefined) throw reject("it is encrypted, and none of the app's keys opens it")
  return opened
}

interface Decoded {
  readonly header: ProtectedHeaderParameters
  readonly claims: JWTPayload
}

function decode(token: string): Decoded {
  if (token.length > LONGEST) throw reject(`it is longer than ${LONGEST} characters`)
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) throw reject('it is not a signed JWT')
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) }
  } catch {
    throw reject('it is not a signed JWT')
  }
}

/** RFC 8725 §3.10, §3.11: an explicit type if the provider sets one, no critical extension, no embedded or linked key. */
function verifyHeader(header: ProtectedHeaderParameters, isStrict: boolean): void {
  const type = typeOf(header)
  const types: readonly unknown[] = isStrict ? ['logout+jwt'] : ['logout+jwt', 'jwt', undefined]
  if (!types.includes(type)) throw reject(`its typ is not ${isStrict ? 'logout+jwt' : 'logout+jwt or JWT'}`)
  const surplus = ['crit', 'jwk', 'jku', 'x5u', 'x5c'].find(name => Object.hasOwn(header, name))
  if (surplus !== undefined) throw reject(`its header has ${surplus}`)
}

/**
 * Every audience must be one of this app's clients, current or retiring, or trusted by the app. Clients that are not known are looked up only for a token
 * that the provider has signed: a stranger can write any client id.
 */
async function findClient(
  token: string,
  aud: JWTPayload['aud'],
  rules: LogoutTokenRules,
): Promise<Connection> {
  const audiences: readonly unknown[] = [aud].flat()
  if (audiences.length > MOST_AUDIENCES) throw reject('aud names too many audiences')
  if (audiences.length === 0) throw reject('aud is empty')
  const known = await clientAmong(audiences, rules.known, rules)
  if (known) return known
  const unknown = reject('aud is not this app, or names an audience that it does not trust')
  await verifySigned(await rules.current(), token, rules).catch(error => {
    throw error instanceof OidcError && error.status !== 400 ? error : unknown
  })
  const found = await clientAmong(audiences, rules.lookedUp, rules)
  if (found) return found
  rules.onUnknownClient()
  throw unknown
}

async function clientAmong(
  audiences: readonly unknown[],
  find: LogoutTokenRules['known'],
  { trustedAudiences }: LogoutTokenRules,
): Promise<Connection | undefined> {
  let first: Connection | undefined
  for (const audience of audiences) {
    const client = typeof audience === 'string' ? await find(audience) : undefined
    if (!client && !trusts(trustedAudiences, audience)) return undefined
    first ??= client
  }
  return first
}

async function verifySigned(
  connection: Connection,
  token: string,
  { isStrict }: LogoutTokenRules,
): Promise<JWTPayload> {
  const { payload } = await verifySignature({ getKey: connection.keys.getKeyForStranger }, token, {
    algorithms: [...connection.algorithms],
    clockTolerance: LOGOUT_CLOCK_TOLERANCE,
    maxTokenAge: MAX_AGE,
    requiredClaims: isStrict || !omitsLogoutExpiry(connection.metadata) ? ['exp'] : [],
  }).catch(error => {
    if (error instanceof OidcError) throw error
    const reason = failedVerification(error, { algorithms: [] })
    throw reject(
      isAboutTime(error) ? addSkew(reason, connection.clock.skew(), LOGOUT_CLOCK_TOLERANCE) : reason,
    )
  })
  return payload
}

function verifyJti({ jti }: JWTPayload): void {
  if (!isIdentifier(jti)) throw reject(`jti is not ${identifierRule}`)
}

function verifySubject({ sub, sid }: JWTPayload & { readonly sid?: unknown }): void {
  if (sub === undefined && sid === undefined) throw reject('it has neither sid nor sub')
  if (sub !== undefined && !isIdentifier(sub)) throw reject(`sub is not ${identifierRule}`)
  if (sid !== undefined && !isSessionId(sid)) throw reject(`sid is not ${sessionIdRule}`)
}

function verifyEvents({ events }: JWTPayload): void {
  const event = isObject(events) && Object.hasOwn(events, logoutEvent) ? events[logoutEvent] : undefined
  if (!isObject(event)) throw reject('events does not say that it is a logout token')
}

function reject(reason: string): OidcError {
  return new OidcError('ERR_OIDC_LOGOUT_TOKEN_INVALID', {
    message: `A logout token was refused: ${reason}.`,
  })
}
