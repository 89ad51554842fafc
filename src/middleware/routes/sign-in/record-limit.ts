import { OidcError } from '../../../vocabulary/errors.ts'

/** Limits how many records of one kind strangers can make this process keep, so that a flood cannot fill the store. */
export interface RecordLimit {
  /**
   * Does what may keep a record, and counts it if it did.
   *
   * @throws {@link OidcError} `ERR_OIDC_OVERLOADED`, before anything is done, while as many are kept as may be.
   */
  keep<Result>(work: () => Promise<Result>, isKept?: (result: Result) => boolean): Promise<Result>
}

/**
 * Makes the limit for records that expire after some seconds. Counts in spans as long as that, of which the last two are not over, so
 * it remembers two numbers, and never counts too few.
 */
export function recordLimit(most: number, lifetime: number): RecordLimit {
  const span = lifetime * 1_000
  let [before, now, endsAt] = [0, 0, performance.now() + span]

  function moveOn(): void {
    const late = performance.now() - endsAt
    if (late < 0) return
    before = late < span ? now : 0
    now = 0
    endsAt += (Math.floor(late / span) + 1) * span
  }

  return {
    async keep(work, isKept = Boolean) {
      moveOn()
      if (before + now >= most) throw tooMany(most, lifetime)
      const result = await work()
      if (isKept(result)) now += 1
      return result
    },
  }
}

function tooMany(most: number, lifetime: number): OidcError {
  return new OidcError('ERR_OIDC_OVERLOADED', {
    message: `The callback was opened ${most} times within ${2 * lifetime} seconds, so this process keeps nothing more for it. Against a flood, limit the rate of requests to it at the proxy.`,
    retryAfter: Math.ceil(lifetime / 10),
  })
}
