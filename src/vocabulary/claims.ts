import { isDeepStrictEqual } from 'node:util'
import { isNumber, isObject, isOptional, isText, type JsonObject } from './json.ts'
import { withoutStaleFlags } from './verified-addresses.ts'

/** The address claim (OpenID Connect Core 1.0 §5.1.1). */
interface AddressClaim {
  /** The whole address, for display or a label. May contain line breaks. */
  readonly formatted?: string
  /** Street, house number, and further lines of the street. */
  readonly street_address?: string
  /** City or town. */
  readonly locality?: string
  /** State, province or region. */
  readonly region?: string
  /** Zip code or postal code. */
  readonly postal_code?: string
  /** Country name. */
  readonly country?: string
}

/**
 * Claims about the user (OpenID Connect Core 1.0 §5.1), as on `req.user`. A user is identified by `iss` and
 * `sub` together: an email address can pass to a different person.
 */
export interface UserClaims {
  /** Subject Identifier: locally unique and never reassigned within the issuer, at most 255 characters. */
  readonly sub: string
  /** The issuer that `sub` belongs to. */
  readonly iss?: string
  /** Full name, for display. */
  readonly name?: string
  /** First name or names. */
  readonly given_name?: string
  /** Last name or names. */
  readonly family_name?: string
  /** Middle name or names. */
  readonly middle_name?: string
  /** Casual name. */
  readonly nickname?: string
  /** How the user wishes to be called. Not unique, and may change. */
  readonly preferred_username?: string
  /** URL of the profile page. */
  readonly profile?: string
  /** URL of a picture. */
  readonly picture?: string
  /** URL of a home page or blog. */
  readonly website?: string
  /** Email address. Not unique, and may change or pass to a different person. */
  readonly email?: string
  /** Whether the provider has verified that the user controls the email address. */
  readonly email_verified?: boolean
  /** Such as `female` or `male`; other values are allowed. */
  readonly gender?: string
  /** `YYYY-MM-DD`, or only `YYYY`; the year may be `0000`. */
  readonly birthdate?: string
  /** Time zone, such as `Europe/Paris`. */
  readonly zoneinfo?: string
  /** Language tag, such as `en-US`. */
  readonly locale?: string
  /** Phone number, preferably in the format of E.164: `+1 (425) 555-1212`. */
  readonly phone_number?: string
  /** Whether the provider has verified that the user controls the phone number. */
  readonly phone_number_verified?: boolean
  /** Postal address. */
  readonly address?: AddressClaim
  /** Seconds since 1970 at which the user's information was last updated. */
  readonly updated_at?: number
  /** Any other claim that the provider sends. Check its type before you use it. */
  readonly [claim: string]: unknown
}

/** Claims of a verified ID token (OpenID Connect Core 1.0 §2). Times are seconds since 1970. */
export interface IdTokenClaims {
  /** The issuer, equal to the option `issuer`. */
  readonly iss: string
  /** Subject Identifier: the user, locally unique at the issuer, 1 to 255 characters. */
  readonly sub: string
  /** The clients that the token is for; this app is one of them. */
  readonly aud: string | readonly string[]
  /** Seconds since 1970 at which the token expires. */
  readonly exp: number
  /** Seconds since 1970 at which the token was issued. */
  readonly iat: number
  /** Seconds since 1970 at which the user authenticated. */
  readonly auth_time?: number
  /** The nonce of the authorization request. Not kept in the session. */
  readonly nonce?: string
  /** The class of the authentication, as compared by `requireAcr()`. */
  readonly acr?: string
  /** The methods of the authentication (RFC 8176 §2), as compared by `requireAmr()`. */
  readonly amr?: readonly string[]
  /** The vector of trust of the authentication (RFC 8485 §3), as compared by `requireVot()`. */
  readonly vot?: string
  /** The client that the token was issued to. */
  readonly azp?: string
  /** The provider's session id (OpenID Connect Front-Channel Logout 1.0 §3). */
  readonly sid?: string
  /** Any other claim that the provider sends. Check its type before you use it. */
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
  'vot',
  'vtm',
  'azp',
  'sid',
]

/** Claims about the ID token itself rather than the user, which do not reach `req.user`. */
const tokenClaims = [
  'aud',
  'exp',
  'iat',
  'nbf',
  'nonce',
  'azp',
  'jti',
  'at_hash',
  'c_hash',
  's_hash',
  'rat',
  '_claim_sources', // may contain access tokens
]

/** The same for an access token. */
const accessTokenClaims = ['active', 'client_id', 'scope', 'scp', 'token_type', 'token_use']

/** Claims of an ID token that say nothing once it is verified. */
const spentClaims = new Set(['nbf', 'nonce', 'jti', 'at_hash', 'c_hash', 's_hash', 'rat', '_claim_sources'])

/** Names that would change an object's prototype when copied by assignment. */
const pollutingNames = ['__proto__', 'constructor', 'prototype']

const notFromIdToken = new Set([...tokenClaims, ...pollutingNames])
/** Claims that only the ID token may say, or nothing. */
export const notFromUserInfo: ReadonlySet<string> = new Set([...protocolClaims, ...notFromIdToken])
const notFromAccessToken = new Set([...accessTokenClaims, ...notFromIdToken])

/**
 * Joins the claims of the ID token with those of the UserInfo response (OpenID Connect Core 1.0 §5.3.2). The
 * UserInfo wins, except for claims that only the ID token may set. Whether an address is verified is said where the address is.
 */
export function buildUser(idToken: IdTokenClaims, userInfo: JsonObject = {}): UserClaims {
  const fromUserInfo = without(userInfo, notFromUserInfo)
  const fromIdToken = withoutStaleFlags(without(idToken, notFromIdToken), fromUserInfo)
  const { _claim_names: first } = fromIdToken
  const { _claim_names: second } = fromUserInfo
  const names = isObject(first) && { _claim_names: { ...first, ...(isObject(second) && second) } }
  return { ...fromIdToken, ...fromUserInfo, ...names, sub: idToken.sub }
}

/** What UserInfo has changed about the claims of the ID token: {@link buildUser} joins both again. */
export function userInfoOf(idToken: IdTokenClaims, user: UserClaims): JsonObject {
  const known = withoutStaleFlags(buildUser(idToken), user)
  return Object.fromEntries(
    Object.entries(user).filter(([name, value]) => !isDeepStrictEqual(value, known[name])),
  )
}

/** The claims of an ID token without those that only served to verify it. */
export function dropSpentClaims(idToken: IdTokenClaims): JsonObject {
  return without(idToken, spentClaims)
}

/** The claims about the user from an access token, without those about the token itself. */
export function buildBearerUser(accessToken: AccessTokenClaims): UserClaims {
  const said = without(accessToken, notFromAccessToken)
  return { ...said, sub: accessToken.sub }
}

function without(claims: JsonObject, names: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !names.has(name)))
}

/** Whether a stored value holds what this library relies on of an ID token. */
export function isIdTokenClaims(value: unknown): value is IdTokenClaims {
  if (!isObject(value)) return false
  const { iss, sub, iat, auth_time, sid } = value
  return (
    [iss, sub].every(isText) && isNumber(iat) && isOptional(isNumber)(auth_time) && isOptional(isText)(sid)
  )
}
