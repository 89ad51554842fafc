/**
 * Every error code of this library, with its HTTP status and its fixed sentence. What a browser or the
 * provider sent wrong is 4xx; what this app or the provider's server failed at is 5xx. `docs/errors.md` has a section
 * for each: cause, fix, specification.
 */
const failures = {
  ERR_OIDC_INVALID_OPTION: [500, 'An option is not valid.'],
  ERR_OIDC_SESSION_MISSING: [
    500,
    'There is no session on this request: mount express-session before relyingParty().',
  ],
  ERR_OIDC_SESSION_UNAVAILABLE: [503, 'The session store could not be used.'],
  ERR_OIDC_SESSION_NOT_RETURNED: [
    500,
    'The sign-in worked, but your browser does not return the session of this site.',
  ],
  ERR_OIDC_STORE_UNAVAILABLE: [503, 'The store for client records and logins could not be used.'],
  ERR_OIDC_STORE_NOT_SHARED: [500, 'The sessions of this app are kept longer than its records of logins.'],
  ERR_OIDC_STORE_CORRUPT: [503, 'A record in the store cannot be read.'],
  ERR_OIDC_MIDDLEWARE_MISSING: [500, 'A guard ran without relyingParty() mounted in front of it.'],
  ERR_OIDC_PROVIDER_UNAVAILABLE: [503, 'The sign-in service cannot be reached.'],
  ERR_OIDC_CLOCKS_DIFFER: [503, 'The clocks of this app and of the sign-in service differ too much.'],
  ERR_OIDC_DISCOVERY_INVALID: [503, "The OpenID Provider's configuration cannot be used."],
  ERR_OIDC_REGISTRATION_FAILED: [503, 'This app could not be registered at the OpenID Provider.'],
  ERR_OIDC_REGISTRATION_REFUSED: [503, 'The OpenID Provider refused to register this app.'],
  ERR_OIDC_CLIENT_METADATA_INVALID: [500, 'The metadata of this client is not valid.'],
  ERR_OIDC_CLIENT_UNMANAGEABLE: [
    503,
    'The registration of this app can only be changed by an administrator.',
  ],
  ERR_OIDC_RATE_LIMITED: [503, 'The OpenID Provider received too many requests.'],
  ERR_OIDC_ANSWER_INVALID: [502, "The OpenID Provider's answer cannot be used."],
  ERR_OIDC_NOT_READY: [503, 'The connection to the OpenID Provider is not ready yet.'],
  ERR_OIDC_METHOD_NOT_ALLOWED: [405, 'This address does not accept that HTTP method.'],
  ERR_OIDC_BODY_INVALID: [400, 'The submitted form cannot be read.'],
  ERR_OIDC_INITIATION_INVALID: [400, "This sign-in was not requested by this app's sign-in service."],
  ERR_OIDC_ORIGIN_REFUSED: [403, 'This request came from another site.'],
  ERR_OIDC_CALLBACK_INVALID: [400, 'The sign-in response is incomplete or invalid.'],
  ERR_OIDC_STATE_UNKNOWN: [400, 'This sign-in was not started in this browser.'],
  ERR_OIDC_TRANSACTION_LOST: [400, 'This sign-in was started too long ago, or its cookie is gone.'],
  ERR_OIDC_TRANSACTION_USED: [400, 'This sign-in has already been completed.'],
  ERR_OIDC_ISSUER_MISMATCH: [400, 'The sign-in response came from a different provider.'],
  ERR_OIDC_ACCESS_DENIED: [403, 'The sign-in was declined.'],
  ERR_OIDC_AUTHORIZATION_FAILED: [400, 'The provider ended the sign-in with an error.'],
  ERR_OIDC_CODE_REFUSED: [400, 'The provider did not accept the authorization code of this sign-in.'],
  ERR_OIDC_REFRESH_REFUSED: [502, 'The provider did not renew the access token.'],
  ERR_OIDC_CLIENT_REFUSED: [503, "The provider refused this app's own credentials."],
  ERR_OIDC_CREDENTIAL_UNAVAILABLE: [503, 'This app could not get its own credentials.'],
  ERR_OIDC_TOKEN_RESPONSE_INVALID: [502, "The provider's token response cannot be used."],
  ERR_OIDC_ID_TOKEN_INVALID: [400, "The provider's ID token is not valid."],
  ERR_OIDC_USER_INFO_INVALID: [400, "The provider's UserInfo does not belong to this sign-in."],
  ERR_OIDC_USER_INFO_UNAVAILABLE: [502, "The provider's UserInfo cannot be read."],
  ERR_OIDC_ACCESS_TOKEN_REFUSED: [502, 'The OpenID Provider did not accept the access token.'],
  ERR_OIDC_LOGIN_REFUSED: [403, 'You may not sign in to this app.'],
  ERR_OIDC_LOGIN_UNDECIDED: [500, 'This app could not decide whether you may sign in.'],
  ERR_OIDC_ORIGIN_NOT_ALLOWED: [500, 'The access token must not be sent to that address.'],
  ERR_OIDC_LOGIN_CUT_SHORT: [400, 'The provider ended this sign-in before it was complete.'],
  ERR_OIDC_LOGOUT_TOKEN_INVALID: [400, 'The logout token is not valid.'],
  ERR_OIDC_LOGOUT_INVALID: [400, "This sign-out was not requested by this app's sign-in service."],
  ERR_OIDC_OVERLOADED: [429, 'Too many logout tokens arrived at once.'],
  ERR_OIDC_UNAUTHENTICATED: [401, 'Sign in first.'],
  ERR_OIDC_BEARER_REQUEST_INVALID: [400, 'The access token was not sent correctly.'],
  ERR_OIDC_BEARER_TOKEN_INVALID: [401, 'The access token is not valid.'],
  ERR_OIDC_BROWSER_NEEDED: [400, 'This requires a sign-in in a browser; an access token is not enough.'],
  ERR_OIDC_LOGIN_ENDED: [401, 'This sign-in has ended. Sign in again.'],
  ERR_OIDC_FORBIDDEN: [403, 'You are signed in, but you may not do this.'],
  ERR_OIDC_STEP_UP_REQUIRED: [401, 'Sign in again: this requires a stronger or more recent sign-in.'],
  ERR_OIDC_STEP_UP_FAILED: [403, 'The sign-in was not strong or recent enough for this.'],
  ERR_OIDC_LOGOUT_INCOMPLETE: [503, 'This browser is signed out, but the sign-out could not be finished.'],
  ERR_OIDC_TESTING_UNAVAILABLE: [500, 'The testing kit cannot be used here.'],
} as const satisfies Record<`ERR_OIDC_${string}`, readonly [number, string]>

/** The closed list of codes that an {@link OidcError} can have. */
export type OidcErrorCode = keyof typeof failures

/** Every {@link OidcErrorCode}, in the order of the documentation. */
export const oidcErrorCodes: readonly OidcErrorCode[] = Object.freeze(
  Object.keys(failures) as OidcErrorCode[],
)

/** The fixed sentence of a code. */
export function sentenceOf(code: OidcErrorCode): string {
  return failures[code][1]
}

/** What an {@link OidcError} may carry in addition to its code. */
export interface OidcErrorDetails {
  /** Replaces the fixed sentence with one that names the field, the rule and the fix. Never a secret. */
  readonly message?: string | undefined
  /** The underlying error. Only its name, message and code are kept: the rest may contain tokens. */
  readonly cause?: unknown
  /** Seconds after which a retry may succeed; sent as `Retry-After` (RFC 9110 §10.2.3). */
  readonly retryAfter?: number | undefined
  /** The provider's own `error` code (RFC 6749 §4.1.2.1), if it sent one. */
  readonly error?: string | undefined
}

/**
 * The error for every failure in this library: it is thrown, passed to `next`, or passed to `onError`.
 *
 * @example
 * ```ts
 * app.use((err: unknown, req: express.Request, res: express.Response, next: express.NextFunction) => {
 *   if (err instanceof OidcError && err.code === 'ERR_OIDC_ACCESS_DENIED') return res.redirect('/welcome')
 *   next(err)
 * })
 * ```
 */
export class OidcError extends Error {
  /** `OidcError`, also for subclasses. */
  override readonly name = 'OidcError'
  /** Says which failure it is. Each code has a section in the docs. */
  readonly code: OidcErrorCode
  /** The HTTP status of the response. */
  readonly status: number
  /** Seconds for the `Retry-After` header, if a later attempt may succeed. */
  declare readonly retryAfter: number | undefined
  /** The provider's own `error` code, if it sent one. */
  declare readonly error: string | undefined

  constructor(code: OidcErrorCode, details: OidcErrorDetails = {}) {
    const [status, sentence] = failures[code]
    super(details.message ?? sentence, details.cause === undefined ? {} : { cause: bareCause(details.cause) })
    this.code = code
    this.status = status
    keep(this, { retryAfter: details.retryAfter ?? (status === 503 ? 5 : undefined), error: details.error })
  }

  /** A sentence that may be shown to any visitor: it reveals nothing about the app or the request. */
  get sentence(): string {
    return sentenceOf(this.code)
  }
}

/** Gives an error the members that have a value. Those without one would only clutter a printed error. */
export function keep<Members extends object>(error: Partial<Members>, members: Members): void {
  Object.assign(error, Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)))
}

/**
 * Keeps only what is safe to print of a thrown value. The errors of other libraries carry responses, claims and
 * token bodies as properties, which `util.inspect` would write to a log.
 */
function bareCause(thrown: unknown, depth = 0): Error {
  if (thrown instanceof OidcError) return thrown
  if (!(thrown instanceof Error)) return new Error('A value that is not an Error was thrown.')
  const inner =
    thrown.cause instanceof Error && depth < 4 ? { cause: bareCause(thrown.cause, depth + 1) } : {}
  const message = thrown instanceof SyntaxError ? 'The text cannot be parsed.' : thrown.message // JSON.parse quotes the text
  const bare = new Error(message, inner)
  bare.name = thrown.name
  if ('code' in thrown && typeof thrown.code === 'string') Object.assign(bare, { code: thrown.code })
  if (thrown.stack) bare.stack = thrown.stack.replace(thrown.message, message)
  return bare
}
