import type { JsonObject } from '../../vocabulary/json.ts'
import type { Fetch } from './bounded-fetch.ts'
import { readJson } from './json-response.ts'

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
 * Wraps the fetch of a client, so that `openid-client` receives the token endpoint's answers in the form that the
 * specifications describe. A signed token in them stays as it was sent.
 */
export function lenientFetch(fetch: Fetch, tokenEndpoint: string): Fetch {
  const address = new URL(tokenEndpoint).href
  return async function fetchLeniently(url, init) {
    const response = await fetch(url, init)
    if (!response.ok) return response
    const body = url === address ? await readJson(response.clone()) : undefined
    if (body) return readTokenAnswer(response, body)
    return response.headers.has('www-authenticate') ? answerWith(response, response.body) : response
  }
}

function readTokenAnswer(response: Response, body: JsonObject): Response {
  const isNoToken = (name: string, value: unknown): boolean =>
    value === false && (name === 'refresh_token' || name === 'id_token')
  const told = Object.entries(withoutEmpty(body)).filter(([name, value]) => !isNoToken(name, value))
  const answer = readScope(Object.fromEntries(told))
  const error = errorOf(answer, 'access_token')
  return answerWith(
    response,
    JSON.stringify(answer),
    error === undefined ? response.status : statusOfError(error),
  )
}

/** A challenge belongs to a refusal (RFC 9110 §11.6.1); `openid-client` takes it for one at any status. */
function answerWith(
  response: Response,
  body: string | ReadableStream | null,
  status = response.status,
): Response {
  const headers = new Headers(response.headers)
  headers.delete('www-authenticate')
  return new Response(body, { status, headers })
}
