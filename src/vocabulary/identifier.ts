/** What an identifier from a provider is: `sub` (OpenID Connect Core 1.0 §2), and for this library `sid` and `jti` too. */
export const identifierRule = 'a string of 1 to 255 characters without control characters'

/** Whether a value is an identifier by {@link identifierRule}. */
export function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 255 && !/\p{Cc}/u.test(value)
}
