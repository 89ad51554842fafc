import { OidcError } from '../../vocabulary/errors.ts'
import { isObject, type JsonObject, parseJson } from '../../vocabulary/json.ts'
import { UnopenedResponse } from '../keys/response-encryption.ts'
import type { Fetch } from './bounded-fetch.ts'
import { isJson } from './json-response.ts'
import { readAnswer } from './read-answer.ts'

/**
 * Removes members that a provider sent as `null` or as an empty text. Specifications have them left out (OpenID Connect Core
 * 1.0 §5.3.2), and an empty value must never replace a claim that is there.
 */
export function withoutEmpty(answer: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== null && value !== ''))
}

const flags: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  ['true', true],
  ['1', true],
  [1, true],
  [false, false],
  ['false', false],
  ['0', false],
  [0, false],
])

/** What cannot be read as a boolean is absent, because `if (user.email_verified)` would take any text for true. */
const readFlag = (value: unknown): unknown =>
  flags.get(typeof value === 'string' ? value.toLowerCase() : value)

/** A date as text, as some providers send it, is left to the app. */
const readTime = (value: unknown): unknown =>
  typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value

const claimReaders: ReadonlyMap<string, (value: unknown) => unknown> = new Map([
  ['email_verified', readFlag],
  ['phone_number_verified', readFlag],
  ['updated_at', readTime],
])

/**
 * Reads claims about a user, from UserInfo or from a token whose signature has been verified, with the types of the
 * specification. Never changes a claim that is compared: `iss`, `sub`, `aud`, `nonce`.
 *
 * @see OpenID Connect Core 1.0 §5.1
 */
export function readUserClaims(claims: JsonObject): JsonObject {
  const read = Object.entries(withoutEmpty(claims)).map(
    ([name, value]) => [name, claimReaders.get(name)?.(value) ?? keepUnread(name, value)] as const,
  )
  return Object.fromEntries(read.filter(([, value]) => value !== undefined))
}

function keepUnread(name: string, value: unknown): unknown {
  return claimReaders.has(name) ? undefined : value
}

/** Joins a scope that was sent as a list (RFC 6749 §3.3). */
export function readScope(answer: JsonObject): JsonObject {
  const { scope } = answer
  const isList = Array.isArray(scope) && scope.every(value => typeof value === 'string')
  return isList ? { ...answer, scope: scope.join(' ') } : answer
}

/** The error in an answer that was sent with a status of success, if that is what it is. */
export function errorOf(answer: JsonObject, expected: string): string | undefined {
  const { error } = answer
  return typeof error === 'string' && error !== '' && answer[expected] === undefined ? error : undefined
}

/** The status that an error should have been sent with (RFC 6749 §5.2, RFC 7591 §3.2.2). */
export function statusOfError(error: string): number {
  return passing.has(error) ? 503 : 400
}

/** Errors after which the same request can succeed later (RFC 6749 §4.1.2.1). */
const passing: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable'])

/**
 * The member to which the ID token of a refresh is moved. `openid-client` checks claims of an ID token before anybody has verified
 * its signature, and would refuse new tokens because of what a stranger may have written.
 */
export const refreshedIdToken = 'unverified_id_token'

/**
 * Wraps the fetch of a client, so that `openid-client` receives the token endpoint's answers in the form that the
 * specifications describe. A signed token in them stays as it was sent; of one that is encrypted, `open` returns the signed one.
 */
export function lenientFetch(
  fetch: Fetch,
  tokenEndpoint: string,
  open: (idToken: string) => Promise<string>,
): Fetch {
  const address = new URL(tokenEndpoint).href
  return async function fetchLeniently(url, init) {
    const response = await fetch(url, init)
    if (!response.ok) return response
    if (url !== address || !isJson(response)) return withoutChallenge(response)
    return readTokenAnswer(response, isRefresh(init) ? withIdTokenAside(open) : withIdToken(open))
  }
}

function isRefresh({ body }: RequestInit): boolean {
  return body instanceof URLSearchParams && body.get('grant_type') === 'refresh_token'
}

type Open = (idToken: string) => Promise<string>
type Shape = (answer: JsonObject) => Promise<JsonObject>

const withIdToken =
  (open: Open): Shape =>
  async answer => {
    const { id_token: idToken } = answer
    return typeof idToken === 'string' ? { ...answer, id_token: await open(idToken) } : answer
  }

/**
 * An ID token of a refresh that cannot be opened is ignored, as one whose signature cannot be verified is, and while the store cannot
 * tell the newest keys, too: the refresh token that came with it may be the only one that works now.
 */
const withIdTokenAside =
  (open: Open): Shape =>
  async ({ id_token: idToken, ...answer }) => {
    if (typeof idToken !== 'string') return answer
    const opened = await open(idToken).catch(error => {
      if (!(error instanceof UnopenedResponse || error instanceof OidcError)) throw error
    })
    return opened === undefined ? answer : { ...answer, [refreshedIdToken]: opened }
  }

async function readTokenAnswer(response: Response, shape: Shape): Promise<Response> {
  const body = parseJson(await response.text())
  if (!isObject(body)) return withoutChallenge(response)
  const isNoToken = (name: string, value: unknown): boolean =>
    value === false && (name === 'refresh_token' || name === 'id_token')
  const told = Object.entries(withoutEmpty(body))
    .filter(([name, value]) => !isNoToken(name, value))
    .map(([name, value]) => [name, name === 'expires_in' ? readLifetime(value) : value] as const)
  const answer = await shape(readScope(Object.fromEntries(told)))
  const error = errorOf(answer, 'access_token')
  const plain = withoutChallenge(response)
  return readAnswer(
    JSON.stringify(answer),
    error === undefined
      ? plain
      : new Response(null, { status: statusOfError(error), headers: plain.headers }),
  )
}

/** `openid-client` makes a number of a list, and fails with a TypeError at some objects. It refuses `false`. */
function readLifetime(value: unknown): unknown {
  return typeof value === 'object' ? false : value
}

/** A challenge belongs to a refusal (RFC 9110 §11.6.1); `openid-client` takes it for one at any status. */
function withoutChallenge(response: Response): Response {
  if (!response.headers.has('www-authenticate')) return response
  const copy = response.clone() // whose headers can be changed
  copy.headers.delete('www-authenticate')
  return copy
}
