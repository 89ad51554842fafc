import { compareAndSet, ifUnchanged } from '../stores/compare-and-set.ts'
import { readRecord } from '../stores/stored-record.ts'
import { CLOCK_TOLERANCE } from '../vocabulary/clock-tolerance.ts'
import { hasMembers, isNumber } from '../vocabulary/json.ts'
import type { Settings } from './options/settings.ts'

/** Notices that the store has lost data, or was restored to an older state. */
export interface StoreLosses {
  /**
   * What was written before this time may be missing from the store, in milliseconds since 1970. `undefined` until the store
   * was read.
   */
  readonly lostBefore: () => number | undefined
  /** Compares the store with what this process saw there before. */
  readonly look: () => Promise<void>
}

/** What every replica looks for in the store. */
interface Trace {
  /** Since when the store has lost nothing, in milliseconds since 1970. */
  readonly since: number
  /** Only grows. A lower count than before is an older state. */
  readonly count: number
}

const isTrace = hasMembers<Trace>({ since: isNumber, count: isNumber })

/** Milliseconds by which the clocks of two replicas may differ. */
const TOLERANCE = CLOCK_TOLERANCE * 1_000
/** Milliseconds after which the count grows. A restored state that is younger is not noticed. */
const COUNT_EVERY = 60_000

/** Makes what notices losses. A process that only takes access tokens keeps nothing that could be lost. */
export function storeLosses(settings: Settings): StoreLosses {
  const { store, name, bearer, log } = settings
  const key = `losses:${name}`
  let known: Trace | undefined
  let countedAt = performance.now()

  async function look(): Promise<void> {
    const mayCount = performance.now() - countedAt >= COUNT_EVERY
    const seen = known
    const { found, isLoss } = await compareAndSet(store, async () => {
      const stored = await readRecord(store, key, isTrace)
      const isLost = seen !== undefined && seen.count > (stored?.record.count ?? 0)
      const next = nextTrace(stored?.record, isLost ? seen : undefined, mayCount)
      if (!next) return { result: { found: stored?.record, isLoss: false } }
      const version = await store.set(key, JSON.stringify(next), ifUnchanged(stored))
      return version === undefined ? undefined : { result: { found: next, isLoss: isLost } }
    })
    if (found?.count !== known?.count) countedAt = performance.now()
    known = found && { ...found, since: Math.min(found.since, Date.now() + TOLERANCE) }
    if (isLoss)
      log(
        `The store in ${store.location} has lost data. Sessions from before are found again by a logout once they are used; a logout that comes earlier takes effect then.`,
      )
  }

  return {
    lostBefore: () => known?.since,
    look: bearer?.tokensOnly ? async () => undefined : look,
  }
}

/** What the store should hold instead, or `undefined` if it is right. `lost` is what it held before it lost data. */
function nextTrace(found: Trace | undefined, lost: Trace | undefined, mayCount: boolean): Trace | undefined {
  const now = Date.now()
  if (lost) return { since: now + TOLERANCE, count: lost.count + 1 }
  if (!found) return { since: now, count: 1 }
  return mayCount ? { since: found.since, count: found.count + 1 } : undefined
}
