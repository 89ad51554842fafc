import { inTime } from '../vocabulary/deadline.ts'
import { OidcError } from '../vocabulary/errors.ts'

/** A result that is worked for in the background until it is there. */
export interface KeptTrying<Result> {
  /** Begins, if it has not begun. */
  start(): void
  /** Waits for the result, at most so many milliseconds. Rejects with the last failure, or `ERR_OIDC_NOT_READY`. */
  wait(milliseconds: number): Promise<Result>
  /** The result, if it is there. */
  readonly result: Result | undefined
  /** Why the last attempt failed, until one succeeds. */
  readonly failure: OidcError | undefined
  /** Ends the attempts. Resolves when the one that is running has ended. */
  stop(): Promise<void>
}

/** How long to wait between attempts. */
export interface TryingPlan {
  /** Milliseconds until the next attempt, after so many failures in a row. */
  readonly delay: (failures: number, error: OidcError) => number
  /** Whether a request that needs the result may start an attempt before its time. */
  readonly hastens: (error: OidcError) => boolean
  readonly onFailure: (error: OidcError, retryInMs: number) => void
}

/** The shortest time between two attempts, whoever asks. */
const SHORTEST_PAUSE = 1_000

/** Runs a task until it succeeds once. Attempts never overlap, timers keep no process alive, nothing goes unhandled. */
export function keepTrying<Result>(task: () => Promise<Result>, plan: TryingPlan): KeptTrying<Result> {
  let outcome: { readonly result: Result } | undefined
  let failure: OidcError | undefined
  let failures = 0
  let attempt: Promise<void> | undefined
  let triedAt = 0
  let timer: NodeJS.Timeout | undefined
  let nextAt = 0
  let stopped = false

  function start(): void {
    if (outcome || attempt || stopped) return
    clearTimeout(timer)
    triedAt = Date.now()
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
    nextAt = Date.now() + pause
    if (!stopped) timer = setTimeout(start, pause).unref()
    plan.onFailure(error, pause)
  }

  function beginIfDue(): void {
    const mayHasten =
      failure === undefined || (plan.hastens(failure) && Date.now() - triedAt >= SHORTEST_PAUSE)
    if (mayHasten) start()
  }

  function lastFailure(): OidcError {
    const retryAfter = Math.max(1, Math.ceil((nextAt - Date.now()) / 1_000))
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
