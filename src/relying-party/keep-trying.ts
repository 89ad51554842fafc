import { inTime } from '../vocabulary/deadline.ts'
import { OidcError } from '../vocabulary/errors.ts'

/** A task that runs in the background, again and again until it succeeds. */
export interface KeptTrying<Result> {
  /** Starts the first attempt, unless one has been started. */
  start(): void
  /** Waits for the result for at most this time. Rejects with the last failure, or with `ERR_OIDC_NOT_READY`. */
  wait(milliseconds: number): Promise<Result>
  /** The result, once an attempt has succeeded. */
  readonly result: Result | undefined
  /** Why the last attempt failed, until one succeeds. */
  readonly failure: OidcError | undefined
  /** Stops. Resolves when the attempt that is running has ended. */
  stop(): Promise<void>
}

/** How long to wait between attempts. */
export interface TryingPlan {
  /** Milliseconds until the next attempt, by the number of failures so far. */
  readonly delay: (failures: number, error: OidcError) => number
  /** Whether a request that needs the result may start the next attempt early. */
  readonly hastens: (error: OidcError) => boolean
  readonly onFailure: (error: OidcError, retryInMs: number) => void
}

/** Milliseconds between the starts of two attempts at least, however many requests ask. */
const SHORTEST_PAUSE = 1_000

/** Runs a task until it succeeds once. Attempts never overlap, timers do not keep the process alive, and no rejection is unhandled. */
export function keepTrying<Result>(task: () => Promise<Result>, plan: TryingPlan): KeptTrying<Result> {
  let outcome: { readonly result: Result } | undefined
  let failure: OidcError | undefined
  let failures = 0
  let attempt: Promise<void> | undefined
  let triedAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let nextAt = 0
  let stopped = false

  function start(): void {
    if (outcome || attempt || stopped) return
    clearTimeout(timer)
    triedAt = performance.now()
    attempt = task()
      .then(
        result => {
          outcome = { result }
          failure = undefined
        },
        error =>
          fail(error instanceof OidcError ? error : new OidcError('ERR_OIDC_NOT_READY', { cause: error })),
      )
      .finally(() => {
        attempt = undefined
      })
  }

  function fail(error: OidcError): void {
    failure = error
    failures += 1
    const pause = plan.delay(failures, error)
    nextAt = performance.now() + pause
    if (!stopped) timer = setTimeout(start, pause).unref()
    plan.onFailure(error, pause)
  }

  function beginIfDue(): void {
    const mayHasten =
      failure === undefined || (plan.hastens(failure) && performance.now() - triedAt >= SHORTEST_PAUSE)
    if (mayHasten) start()
  }

  function lastFailure(): OidcError {
    const retryAfter = Math.max(1, Math.ceil((nextAt - performance.now()) / 1_000))
    if (!failure) return new OidcError('ERR_OIDC_NOT_READY')
    return new OidcError(failure.code, {
      message: failure.message,
      cause: failure.cause,
      error: failure.error,
      retryAfter,
    })
  }

  return {
    start,
    async wait(milliseconds) {
      if (!outcome) beginIfDue()
      if (attempt) await inTime(attempt, milliseconds, lastFailure)
      if (!outcome) throw lastFailure()
      return outcome.result
    },
    get result() {
      return outcome?.result
    },
    get failure() {
      return failure
    },
    async stop() {
      stopped = true
      clearTimeout(timer)
      await attempt
    },
  }
}
