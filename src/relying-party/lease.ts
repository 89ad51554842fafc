import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fetch } from '../protocol/http.ts'
import { recordKey } from './client-record.ts'
import type { Settings } from './settings.ts'

/** Milliseconds that a change at the provider may take; longer than the deadlines of the few requests it makes. */
const LEASE = 30_000
/** Milliseconds before the end of the lease at which its holder gives up. */
const MARGIN = 5_000
const POLL = 200

/** Work that one process at a time may do. Its requests end before the lease does. */
export type LeasedWork<Result> = (bind: (fetch: Fetch) => Fetch) => Promise<Result>

/**
 * Does work under the lease, or returns `undefined` if another process holds it. Claiming it also shows that the store can
 * be written: one that cannot keep an answer gets none.
 */
export async function tryLease<Result>(
  settings: Settings,
  work: LeasedWork<Result>,
): Promise<{ readonly result: Result } | undefined> {
  const key = recordKey('lease', settings)
  const version = await settings.store.set(key, randomUUID(), { ifAbsent: true, ttl: LEASE })
  if (version === undefined) return undefined
  const end = AbortSignal.timeout(LEASE - MARGIN)
  try {
    return { result: await work(fetch => (url, init) => fetch(url, { ...init, signal: end })) }
  } finally {
    await settings.store.delete(key, { ifVersion: version })
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
