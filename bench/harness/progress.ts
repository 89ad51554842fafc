/** What is still to be measured, to tell the person at the terminal how long it takes. */
export interface Progress {
  /** Prints what is measured next, which takes about this many seconds. */
  next(what: string, seconds: number): void
}

/** Prints how long everything takes by estimate, and with each step how long is left at the pace so far. */
export function showProgress(total: number): Progress {
  const begun = performance.now()
  let planned = 0
  console.log(`This takes about ${minutes(total)}.`)
  return {
    next(what, seconds) {
      const elapsed = (performance.now() - begun) / 1_000
      const pace = planned > 60 ? elapsed / planned : 1
      console.log(`${what} (${minutes(elapsed)} so far, about ${minutes((total - planned) * pace)} left)`)
      planned += seconds
    },
  }
}

function minutes(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`
}
