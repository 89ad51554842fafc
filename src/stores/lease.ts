import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SetOptions, Store } from './store.ts'

/** What one process at a time may do. */
export interface Lease {
  /** Its key in the store. */
  readonly key: string
  /** Milliseconds after which the lease of a process that has died ends. A living one renews it. */
  readonly duration: number
}

/** Where leases are kept, and who is told when one cannot be given back. */
interface LeasePlace {
  readonly store: Store
  readonly log: (sentence: string) => void
  readonly seenLeases: SeenLeases
}

/** The leases of others that this process waits for: in which version each was seen, and since when by `performance.now()`. */
export type SeenLeases = Map<string, { readonly version: string; readonly since: number }>

/** Leases that are remembered, so that nothing grows. */
const MOST_SEEN = 1_000

/** A function with the shape of the global `fetch`. */
type Send = (url: string, init: RequestInit) => Promise<Response>

/** Milliseconds that the work under one lease may take, however often it is renewed. */
const LONGEST = 60_000
const POLL = 200

/** Work that one process at a time may do. Its requests end when the lease does. */
export type LeasedWork<Result> = (bind: (send: Send) => Send) => Promise<Result>

/**
 * Does work under a lease, or returns `undefined` if another process holds it. Claiming it also shows that the store can
 * be written: one that cannot keep an answer gets none.
 */
export async function tryLease<Result>(
  place: LeasePlace,
  lease: Lease,
  work: LeasedWork<Result>,
): Promise<{ readonly result: Result } | undefined> {
  const ends = performance.now() + lease.duration
  const version = (await claim(place, lease, { ifAbsent: true })) ?? (await claimOverdue(place, lease))
  if (version === undefined) return undefined
  const held = keepLease(place, lease, { version, ends })
  const end = AbortSignal.any([held.lost, AbortSignal.timeout(LONGEST)])
  const bind = (send: Send): Send => {
    return (url, init) => {
      held.check()
      return send(url, { ...init, signal: end })
    }
  }
  try {
    return { result: await work(bind) }
  } finally {
    await held.release()
  }
}

function claim(
  { store }: LeasePlace,
  { key, duration }: Lease,
  condition: Pick<SetOptions, 'ifAbsent' | 'ifVersion'>,
): Promise<string | undefined> {
  return store.set(key, randomUUID(), { ...condition, lifetime: duration / 1_000 })
}

/**
 * Takes a lease that nobody has renewed for its whole duration, although the store still holds it: if a clock was set back, it
 * would hold the lease of a process that has died for as long as the clock was set.
 */
async function claimOverdue(place: LeasePlace, lease: Lease): Promise<string | undefined> {
  const { store, seenLeases } = place
  const { key, duration } = lease
  const held = await store.get(key)
  const seen = seenLeases.get(key)
  if (!held) return undefined
  if (seen?.version !== held.version) {
    const [oldest] = seenLeases.keys()
    if (seenLeases.size >= MOST_SEEN && oldest !== undefined) seenLeases.delete(oldest)
    seenLeases.set(key, { version: held.version, since: performance.now() })
    return undefined
  }
  if (performance.now() - seen.since <= duration) return undefined
  seenLeases.delete(key)
  return claim(place, lease, { ifVersion: held.version })
}

/** Does work under a lease, after the process that holds it has finished. */
export async function underLease<Result>(
  place: LeasePlace,
  lease: Lease,
  work: LeasedWork<Result>,
): Promise<Result> {
  for (;;) {
    const done = await tryLease(place, lease, work)
    if (done) return done.result
    await sleep(POLL, undefined, { ref: false })
  }
}

/** A lease that this process holds, as far as it knows. */
interface HeldLease {
  /** Fires when it has ended before its work. */
  readonly lost: AbortSignal
  /** Lets it be lost if it has run out, as it does in a process that was frozen: its timers come too late. */
  check(): void
  release(): Promise<void>
}

/** Renews a lease until it is released. */
function keepLease(
  { store, log }: LeasePlace,
  { key, duration }: Lease,
  claimed: { readonly version: string; readonly ends: number },
): HeldLease {
  const lost = new AbortController()
  let { version, ends } = claimed
  let renewing: Promise<void> = Promise.resolve()

  async function renew(): Promise<void> {
    const next = performance.now() + duration
    const renewed = await store
      .set(key, randomUUID(), { ifVersion: version, lifetime: duration / 1_000 })
      .catch(() => null)
    if (renewed === null) return // it may still hold
    if (renewed === undefined) return lost.abort()
    version = renewed
    ends = next
  }

  const timer = setInterval(() => {
    renewing = renewing.then(renew)
  }, duration / 3).unref()
  return {
    lost: lost.signal,
    check() {
      if (performance.now() >= ends) lost.abort()
    },
    async release() {
      clearInterval(timer)
      await renewing
      await store.delete(key, { ifVersion: version }).catch(error => {
        log(`${error.message} The lease expires automatically.`) // the work under it is done
      })
    },
  }
}
