/** What an identifier from a provider is: `sub` (OpenID Connect Core 1.0 §2), and for this library `jti` too. */
export const identifierRule = 'a string of 1 to 255 characters without control characters'

/**
 * What a session id from a provider is. No specification limits it. Sign-in and logout take the same ones: a login with another one could
 * not be ended by it.
 */
export const sessionIdRule = 'a string of 1 to 2048 characters without control characters'

/** Whether a value is an identifier by {@link identifierRule}. */
export function isIdentifier(value: unknown): value is string {
  return isWord(value, 255)
}

/** Whether a value is a session id by {@link sessionIdRule}. */
export function isSessionId(value: unknown): value is string {
  return isWord(value, 2_048)
}

function isWord(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= longest && !/\p{Cc}/u.test(value)
}
