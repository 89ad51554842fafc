/**
 * Fields of an authorization response that the app wants to see, by their names, as text. No signature protects them: anyone who
 * can change what the browser sends can change them.
 */
export type UnsignedFields = Readonly<Record<string, string>>

/** Parameters that a sign-in uses itself, or refuses (RFC 6749 §4.1.2, RFC 9207 §2, OpenID Connect Session Management 1.0 §2). */
export const ownFields: ReadonlySet<string> = new Set([
  'code',
  'state',
  'iss',
  'session_state',
  'error',
  'error_description',
  'error_uri',
  'response',
  'id_token',
  'access_token',
  'refresh_token',
  'token',
  'token_type',
  'expires_in',
])

/** Bytes that one field may have. */
const LARGEST = 2_048

/** Control and format characters except those that join letters, and line ends. */
const unprintable = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

export const fieldRule = `it must occur once, with at most ${LARGEST} bytes of printable characters`

/** Whether a field can be given to the app. */
export function isUsableField([value, another]: readonly string[]): boolean {
  return (
    value !== undefined &&
    another === undefined &&
    Buffer.byteLength(value) <= LARGEST &&
    !unprintable.test(value)
  )
}

/** Takes the fields with these names out of a response that has been verified. */
export function takeFields(response: URLSearchParams, names: readonly string[]): UnsignedFields {
  const found = names.flatMap(name => response.getAll(name).map(value => [name, value] as const))
  for (const name of names) response.delete(name)
  return Object.fromEntries(found)
}
