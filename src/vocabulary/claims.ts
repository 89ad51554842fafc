import { isNumber, isObject, isOptional, isText, type JsonObject } from './json.ts'

/** The address claim (OpenID Connect Core 1.0 §5.1.1). */
interface AddressClaim {
  readonly formatted?: string
  readonly street_address?: string
  readonly locality?: string
  readonly region?: string
  readonly postal_code?: string
  readonly country?: string
}

/**
 * Claims about the user (OpenID Connect Core 1.0 §5.1), as on `req.user`. A user is identified by `iss` and
 * `sub` together: an email address can pass to a different person.
 */
export interface UserClaims {
  /** Subject Identifier: locally unique and never reassigned within the issuer, at most 255 characters. */
  readonly sub: string
  readonly iss?: string
  readonly name?: string
  readonly given_name?: string
  readonly family_name?: string
  readonly middle_name?: string
  readonly nickname?: string
  readonly preferred_username?: string
  readonly profile?: string
  readonly picture?: string
  readonly website?: string
  readonly email?: string
  readonly email_verified?: boolean
  readonly gender?: string
  readonly birthdate?: string
  readonly zoneinfo?: string
  readonly locale?: string
  readonly phone_number?: string
  readonly phone_number_verified?: boolean
  readonly address?: AddressClaim
  /** Seconds since 1970 at which the user's information was last updated. */
  readonly updated_at?: number
  readonly [claim: string]: unknown
}

/** Claims of a verified ID token (OpenID Connect Core 1.0 §2). Times are seconds since 1970. */
export interface IdTokenClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly exp: number
  readonly iat: number
  readonly auth_time?: number
  readonly nonce?: string
  readonly acr?: string
  readonly amr?: readonly string[]
  readonly azp?: string
  /** The provider's session id (OpenID Connect Front-Channel Logout 1.0 §3). */
  readonly sid?: string
  readonly [claim: string]: unknown
}

/** Claims of a verified access token (RFC 9068 §2.2, RFC 7662 §2.2). Times are seconds since 1970. */
export interface AccessTokenClaims extends IdTokenClaims {
  /** The client to which the token was issued. Equal to `sub` if there is no user. */
  readonly client_id?: string
}

/** Claims that only the ID token may set: a UserInfo response never changes them. */
const protocolClaims = [
  'iss',
  'sub',
  'aud',
  'exp',
  'iat',
  'nbf',
  'nonce',
  'auth_time',
  'acr',
  'amr',
  'azp',
  'sid',
]

/** Claims about the ID token itself rather than the user, which do not reach `req.user`. */
const tokenClaims = ['aud', 'exp', 'iat', 'nbf', 'nonce', 'azp', 'jti', 'at_hash', 'c_hash', 's_hash', 'rat']

/** The same for an access token. */
const accessTokenClaims = ['active', 'client_id', 'scope', 'scp', 'token_type', 'token_use']

/** Names that would change an object's prototype when copied by assignment. */
const pollutingNames = ['__proto__', 'constructor', 'prototype']

/**
 * Joins the claims of the ID token with those of the UserInfo response (OpenID Connect Core 1.0 §5.3.2). The
 * UserInfo wins, except for claims that only the ID token may set.
 */
export function buildUser(idToken: IdTokenClaims, userInfo: JsonObject = {}): UserClaims {
  const fromIdToken = without(idToken, [...tokenClaims, ...pollutingNames])
  const fromUserInfo = without(userInfo, [...protocolClaims, ...tokenClaims, ...pollutingNames])
  return { ...fromIdToken, ...fromUserInfo, sub: idToken.sub }
}

/** The claims about the user from an access token, without those about the token itself. */
export function buildBearerUser(accessToken: AccessTokenClaims): UserClaims {
  const said = without(accessToken, [...tokenClaims, ...accessTokenClaims, ...pollutingNames])
  return { ...said, sub: accessToken.sub }
}

function without(claims: JsonObject, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !names.includes(name)))
}

/** Whether a stored value holds what this library relies on of an ID token. */
export function isIdTokenClaims(value: unknown): value is IdTokenClaims {
  if (!isObject(value)) return false
  const { iss, sub, iat, auth_time, sid } = value
  return (
    [iss, sub].every(isText) && isNumber(iat) && isOptional(isNumber)(auth_time) && isOptional(isText)(sid)
  )
}
