import { compareAndSet, ifUnchanged } from '../stores/compare-and-set.ts'
import { readRecord } from '../stores/stored-record.ts'
import { CLOCK_TOLERANCE } from '../vocabulary/clock-tolerance.ts'
import { hasMembers, isNumber, isOptional, isTime } from '../vocabulary/json.ts'
import type { Settings } from './options/settings.ts'

/** Notices that the store has lost data, was restored to an older state, or was written by a clock that was ahead. */
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
  /** The latest time by any replica's clock, so that one that was ahead is noticed after a restart, too. */
  readonly newest?: number
}

const isTrace = hasMembers<Trace>({ since: isTime, count: isNumber, newest: isOptional(isTime) })

/** Milliseconds by which the clocks of two replicas may differ. */
const TOLERANCE = CLOCK_TOLERANCE * 1_000
/** Milliseconds after which the count grows. A restored state that is younger is not noticed. */
const COUNT_EVERY = 60_000

const HOW_SESSIONS_RETURN =
  'Sessions from before are found again by a logout once they are used; a logout that comes earlier takes effect then.'

/** Makes what notices losses. A process that only takes access tokens keeps nothing that could be lost. */
export function storeLosses(settings: Settings): StoreLosses {
  const { store, name, bearer, log } = settings
  const key = `losses:${name}`
  const clock = backwardJumps()
  let stored: Trace | undefined
  let lostBefore: number | undefined
  let countedAt = performance.now()

  async function look(): Promise<void> {
    const mayCount = performance.now() - countedAt >= COUNT_EVERY
    const seen = stored
    const { found, isLoss, setBack } = await compareAndSet(store, async () => {
      const record = await readRecord(store, key, isTrace)
      const setBack = seen ? clock.setBackBy() : (record?.record.newest ?? 0) - Date.now()
      const isLost = seen !== undefined && seen.count > (record?.record.count ?? 0)
      const isDoubtful = isLost || setBack > TOLERANCE
      const count = Math.max(seen?.count ?? 0, record?.record.count ?? 0)
      const next = isDoubtful ? traceAfter(count) : nextTrace(record?.record, mayCount)
      if (!next) return { result: { found: record?.record, isLoss: false, setBack } }
      const version = await store.set(key, JSON.stringify(next), ifUnchanged(record))
      return version === undefined ? undefined : { result: { found: next, isLoss: isLost, setBack } }
    })
    if (setBack > TOLERANCE) clock.settle()
    if (found?.count !== stored?.count) countedAt = performance.now()
    // A time in the future is not believed, and what is believed instead must not move: every login would return again.
    if (found?.since !== stored?.since) lostBefore = found && Math.min(found.since, Date.now() + TOLERANCE)
    stored = found
    if (isLoss) log(`The store in ${store.location} has lost data. ${HOW_SESSIONS_RETURN}`)
    else if (setBack > TOLERANCE)
      log(
        `This machine's clock was set back by ${Math.round(setBack / 1_000)} s${seen ? '' : ", or another replica's is ahead"}. Sessions may have been dropped from the store too early. ${HOW_SESSIONS_RETURN}`,
      )
  }

  return {
    lostBefore: () => lostBefore,
    look: bearer?.tokensOnly ? async () => undefined : look,
  }
}

/** What the store should hold instead, or `undefined` if it is right. */
function nextTrace(found: Trace | undefined, mayCount: boolean): Trace | undefined {
  const now = Date.now()
  if (!found) return { since: now, count: 1, newest: now }
  const { since, count, newest = 0 } = found
  if (mayCount) return { since, count: count + 1, newest: Math.max(newest, now) }
  return now - newest > COUNT_EVERY + TOLERANCE ? { since, count, newest: now } : undefined
}

/** What the store should hold after data was lost. `count` is the highest that was seen. */
function traceAfter(count: number): Trace {
  const now = Date.now()
  return { since: now + TOLERANCE, count: count + 1, newest: now }
}

/** Notices that the clock was set back: while it was ahead, this replica took entries of the index for expired and dropped them. */
function backwardJumps(): { readonly setBackBy: () => number; readonly settle: () => void } {
  const offset = (): number => Date.now() - performance.now()
  let highest = offset()
  return {
    setBackBy() {
      highest = Math.max(highest, offset())
      return highest - offset()
    },
    settle() {
      highest = offset()
    },
  }
}
