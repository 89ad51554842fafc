import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fetch } from '../protocol/http.ts'
import { recordKey } from './client-record.ts'
import type { Settings } from './settings.ts'

/** Milliseconds after which the lease of a process that has died ends. A living one renews it. */
const LEASE = 15_000
const RENEWAL = 5_000
/** Milliseconds that the work under one lease may take, however often it is renewed. */
const LONGEST = 60_000
const POLL = 200

/** Work that one process at a time may do. Its requests end when the lease does. */
export type LeasedWork<Result> = (bind: (fetch: Fetch) => Fetch) => Promise<Result>

/**
 * Does work under the lease, or returns `undefined` if another process holds it. Claiming it also shows that the store can
 * be written: one that cannot keep an answer gets none.
 */
export async function tryLease<Result>(
  settings: Settings,
  work: LeasedWork<Result>,
): Promise<{ readonly result: Result } | undefined> {
  const version = await settings.store.set(recordKey('lease', settings), randomUUID(), {
    ifAbsent: true,
    ttl: LEASE,
  })
  if (version === undefined) return undefined
  const lease = keepLease(settings, version)
  const end = AbortSignal.any([lease.lost, AbortSignal.timeout(LONGEST)])
  try {
    return { result: await work(fetch => (url, init) => fetch(url, { ...init, signal: end })) }
  } finally {
    await lease.release()
  }
}

/** Does work under the lease, after whoever holds it has finished. */
export async function underLease<Result>(settings: Settings, work: LeasedWork<Result>): Promise<Result> {
  for (;;) {
    const done = await tryLease(settings, work)
    if (done) return done.result
    await sleep(POLL, undefined, { ref: false })
  }
}

/** Renews a lease until it is released. `lost` fires when it has ended all the same. */
function keepLease(settings: Settings, claimed: string): { lost: AbortSignal; release(): Promise<void> } {
  const { store, log } = settings
  const key = recordKey('lease', settings)
  const lost = new AbortController()
  let version = claimed
  let renewing: Promise<void> = Promise.resolve()

  async function renew(): Promise<void> {
    const renewed = await store
      .set(key, randomUUID(), { ifVersion: version, ttl: LEASE })
      .catch(() => version) // it may still hold
    if (renewed === undefined) lost.abort()
    else version = renewed
  }

  const timer = setInterval(() => {
    renewing = renewing.then(renew)
  }, RENEWAL).unref()
  return {
    lost: lost.signal,
    async release() {
      clearInterval(timer)
      await renewing
      await store.delete(key, { ifVersion: version }).catch(error => {
        log(`${error.message} The lease ends by itself.`) // what was done under it is done
      })
    },
  }
}
