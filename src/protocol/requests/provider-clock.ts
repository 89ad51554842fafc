import { CLOCK_TOLERANCE } from '../../vocabulary/clock-tolerance.ts'
import type { Fetch } from './bounded-fetch.ts'

/** Seconds above which a difference between the clocks is worth a sentence. */
const NOTABLE_SKEW = 10

/** Seconds after which what a cache repeats tells the time no more. */
const OLDEST = 86_400

/** How this machine's clock compares to the provider's. */
export interface ProviderClock {
  /**
   * Seconds by which this machine's clock was ahead of the provider's at its newest answer. Negative: behind. `undefined` if no
   * answer has told the time: Keycloak's do not.
   */
  readonly skew: () => number | undefined
  /** Seconds by which the clocks may differ. */
  readonly tolerance: number
}

/** Reads the provider's clock from every answer. */
export function watchClock(
  fetch: Fetch,
  tolerance: number,
): { readonly fetch: Fetch; readonly clock: ProviderClock } {
  let newest: number | undefined
  async function watchedFetch(url: string, init: RequestInit): Promise<Response> {
    const response = await fetch(url, init)
    newest = readSkew(response) ?? newest
    return response
  }
  return { fetch: watchedFetch, clock: { skew: () => newest, tolerance } }
}

/**
 * Seconds by which this machine's clock is ahead of that of the server that has just answered, if the answer has a `Date`.
 * A `Date` has whole seconds, so half a second is the best guess. A cache repeats it and says how old it is in `Age`.
 *
 * @see RFC 9110 §6.6.1, RFC 9111 §5.1
 */
export function readSkew({ headers }: Response): number | undefined {
  const date = Date.parse(headers.get('date') ?? '')
  const age = headers.get('age') ?? '0'
  if (Number.isNaN(date) || !/^\d+$/.test(age) || Number(age) > OLDEST) return undefined
  return Math.round((Date.now() - date - 500) / 1_000 - Number(age))
}

/**
 * The sentence that names a difference between the clocks, without its period; `undefined` if there is none worth a sentence.
 */
export function describeSkew(
  skew: number | undefined,
  tolerance: number = CLOCK_TOLERANCE,
): string | undefined {
  if (skew === undefined || !isNotable(skew)) return undefined
  if (!isIntolerable(skew, tolerance)) return nameSkew(skew)
  return `${nameSkew(skew)}; up to ${tolerance} s are tolerated. Set the clock that is wrong (on Linux: timedatectl set-ntp true)`
}

/** How the clocks differ, without its period. */
export function nameSkew(skew: number): string {
  return `This machine's clock is ${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} the provider's`
}

/** Adds to the reason of a failure how the clocks differ, if they do. Without the period at the end. */
export function addSkew(reason: string, skew: number | undefined, tolerance?: number): string {
  const difference = describeSkew(skew, tolerance)
  return difference === undefined ? reason : `${reason}. ${difference}`
}

/** Whether the clocks differ by more than delays on the way can explain. */
export function isNotable(skew: number): boolean {
  return Math.abs(skew) > NOTABLE_SKEW
}

/** Whether this machine's clock is so far ahead of the provider's, as far as the provider says. */
export function isFarAhead({ skew, tolerance }: ProviderClock): boolean {
  const ahead = skew() ?? 0
  return ahead > 0 && isIntolerable(ahead, tolerance)
}

/** Whether the clocks differ so much that the times in assertions and tokens are refused. */
export function isIntolerable(skew: number | undefined, tolerance: number = CLOCK_TOLERANCE): boolean {
  return skew !== undefined && isNotable(skew) && Math.abs(skew) > tolerance
}
