/** Milliseconds by which the clocks of replicas may differ without ending sessions. A stored time that lies further ahead is wrong. */
export const MOST_AHEAD = 300_000

/** Times that are remembered, so that nothing grows. */
const MOST = 1_000
/** Milliseconds above which a difference is worth a sentence, and was no correction by NTP: clocks differ a little. */
const WORTH_SAYING = 30_000
/** Milliseconds between two sentences. */
const PAUSE = 60_000

/**
 * Says from when a time that was stored counts: milliseconds since 1970. A time in the future cannot be right, because a clock
 * was set, or another replica's clock is wrong: it counts from the moment in which this process first read it, measured by a clock
 * that nobody sets. So what waits for an age waits for its usual time once more, and never longer.
 */
export type Since = (at: number) => number

/** Makes what judges the stored times of one relying party. Its sentences go to `log`. */
export function storedTimes(log: (sentence: string) => void): Since {
  const seen = new Map<number, number>()
  let saidAt = Number.NEGATIVE_INFINITY

  function say(ahead: number): void {
    if (ahead < WORTH_SAYING || performance.now() - saidAt < PAUSE) return
    saidAt = performance.now()
    log(
      `The store holds a time that is ${Math.round(ahead / 1_000)} s ahead of this machine's clock, which was set back, or another replica's clock is wrong. The time counts from now. Let every replica keep its clock by NTP.`,
    )
  }

  function firstSeen(at: number, now: number): number {
    const known = seen.get(at)
    if (known !== undefined) return known
    say(at - now)
    remember(seen, at, performance.now())
    return performance.now()
  }

  return at => {
    const now = Date.now()
    if (at <= now) return at
    return now - (performance.now() - firstSeen(at, now))
  }
}

/**
 * Like {@link Since}, for what must not be over too early: from the moment in which this process first read a time, a clock that
 * nobody sets measures how it grows old. So a clock that is set ahead ends no wait of a running process.
 */
export function steadyTimes(since: Since): Since {
  const seen = new Map<number, number>()
  return at => {
    const believed = since(at)
    const now = Date.now()
    const moment = seen.get(at) ?? remember(seen, at, performance.now() - (now - believed))
    const steady = Math.round(now - (performance.now() - moment))
    return steady - believed > WORTH_SAYING ? steady : believed
  }
}

function remember(seen: Map<number, number>, at: number, moment: number): number {
  const [oldest] = seen.keys()
  if (seen.size >= MOST && oldest !== undefined) seen.delete(oldest)
  seen.set(at, moment)
  return moment
}
