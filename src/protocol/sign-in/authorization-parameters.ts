/** Additional parameters of an authorization request, such as `ui_locales`. `undefined` leaves one out. */
export interface AuthorizationParameters {
  /** The claims to request (OpenID Connect Core 1.0 §5.5), as an object or as JSON text. */
  readonly claims?: string | Readonly<Record<string, unknown>> | undefined
  /** The acceptable vectors of trust (RFC 8485 §4), as an array or as JSON text. */
  readonly vtr?: string | readonly string[] | undefined
  /** What the user is asked to allow (RFC 9396 §2), as an array or as JSON text. */
  readonly authorization_details?: string | readonly object[] | undefined
  /** Any other parameter, as text. */
  readonly [name: string]: string | object | undefined
}
