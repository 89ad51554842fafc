import { randomBytes } from 'node:crypto'
import { cleanWords, oneLine } from './clean-words.ts'
import { type OidcErrorCode, publicSentenceOf, sentenceOf, statusOfCode } from './error-codes.ts'

export type { OidcErrorCode } from './error-codes.ts'

/** What an {@link OidcError} may carry in addition to its code. */
export interface OidcErrorDetails {
  /** Replaces the fixed sentence with one that names the field, the rule and the fix. Never a secret. */
  readonly message?: string | undefined
  /** Is added to the fixed sentence: which check, what was expected and what was found. Never a secret. */
  readonly reason?: string | undefined
  /** The underlying error. Only its name, message and code are kept: the rest may contain tokens. */
  readonly cause?: unknown
  /** Seconds after which a retry may succeed; sent as `Retry-After` (RFC 9110 §10.2.3). */
  readonly retryAfter?: number | undefined
  /** The provider's own `error` code (RFC 6749 §4.1.2.1), if it sent one. */
  readonly error?: string | undefined
  /** The provider's own `error_description`. It is cleaned and shortened. */
  readonly description?: string | undefined
  /** The client that the failed request was about. */
  readonly clientId?: string | undefined
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
  /** The provider's own `error_description`, if it sent one: shortened, on one line, without what looks like a secret. */
  declare readonly description: string | undefined
  /** The client that the failed request was about, if it is known. */
  declare readonly clientId: string | undefined
  /** Finds this failure in the log. It is random, and the user's page and the JSON for API clients show it. */
  readonly reference: string

  constructor(code: OidcErrorCode, details: OidcErrorDetails = {}) {
    const { message, reason, cause } = details
    super(
      oneLine(message ?? sentenceOf(code, reason)),
      cause === undefined ? {} : { cause: bareCause(cause) },
    )
    this.code = code
    this.status = statusOfCode(code)
    this.reference = cause instanceof OidcError ? cause.reference : buildReference()
    keep(this, {
      retryAfter: details.retryAfter ?? (this.status === 503 ? 5 : undefined),
      error: details.error,
      description: cleanWords(details.description),
      clientId: details.clientId,
    })
  }

  /** A sentence that may be shown to any visitor: it reveals nothing about the app or the request. */
  get sentence(): string {
    return publicSentenceOf(this.code)
  }
}

/** Gives an error the members that have a value. Those without one would only clutter a printed error. */
export function keep<Members extends object>(error: Partial<Members>, members: Members): void {
  Object.assign(error, Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)))
}

/** Crockford's alphabet: no letter that is taken for a digit when it is read aloud. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

function buildReference(): string {
  return Array.from(randomBytes(8), byte => LETTERS[byte % LETTERS.length]).join('')
}

/** Notes which client a failure is about, unless that is known. */
export function nameClient<Failure>(failure: Failure, clientId: string | undefined): Failure {
  if (failure instanceof OidcError) keep(failure, { clientId: failure.clientId ?? clientId })
  return failure
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
  const message = thrown instanceof SyntaxError ? 'The text cannot be parsed.' : oneLine(thrown.message) // JSON.parse quotes the text
  const bare = new Error(message, inner)
  bare.name = thrown.name
  if ('code' in thrown && typeof thrown.code === 'string') Object.assign(bare, { code: thrown.code })
  if (thrown.stack) bare.stack = thrown.stack.replace(thrown.message, () => message)
  return bare
}
