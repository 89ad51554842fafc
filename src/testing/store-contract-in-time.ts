import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Store } from '../index.ts'
import { holds, type KeyMaker, type Promises } from './store-contract-values.ts'

/** Milliseconds after which what should have expired has not. */
const PATIENCE = 5_000

/** What holds of a time to live. */
export const lifetimes: Promises = [
  ['keeps a value whose time to live has not passed', keepsWhatLives],
  ['takes an expired key for absent, and its version for gone', forgetsWhatExpired],
  ['forgets a time to live when a write names none', forgetsTimeToLive],
  ['gives a time to live with each condition', expiresUnderConditions],
]

/** What holds when several write at the same time. */
export const races: Promises = [
  ['lets one of 50 concurrent writes with ifAbsent win', racesIfAbsent],
  ['lets one of 50 concurrent writes with ifVersion win', racesIfVersion],
  ['lets one of 50 concurrent deletes win', racesDelete],
  ['loses no update of 10 concurrent counters', racesCounters],
  ['ends concurrent unconditional writes in one of them', racesUnconditionally],
]

async function keepsWhatLives(store: Store, key: KeyMaker): Promise<void> {
  await store.set(key('a'), 'kept', { ttl: 600_000 })
  await store.set(key('b'), 'kept for ever', { ttl: Number.POSITIVE_INFINITY })
  await holds(store, key('a'), 'kept')
  await holds(store, key('b'), 'kept for ever')
  assert.equal(await store.set(key('a'), 'lost', { ifAbsent: true }), undefined)
}

async function forgetsWhatExpired(store: Store, key: KeyMaker): Promise<void> {
  const version = String(await store.set(key('a'), 'short', { ttl: 30.5 }))
  await isGone(store, key('a'))
  assert.equal(await store.set(key('a'), 'late', { ifVersion: version }), undefined)
  assert.equal(await store.delete(key('a'), { ifVersion: version }), false)
  assert.equal(await store.delete(key('a')), false)
  const next = await store.set(key('a'), 'new', { ifAbsent: true })
  assert.notEqual(next, version)
  await holds(store, key('a'), 'new', next)
}

async function forgetsTimeToLive(store: Store, key: KeyMaker): Promise<void> {
  await store.set(key('a'), 'short', { ttl: 30 })
  await store.set(key('a'), 'for ever')
  const ifVersion = String(await store.set(key('b'), 'short', { ttl: 1_000 }))
  await store.set(key('b'), 'for ever', { ifVersion })
  await store.set(key('c'), 'short', { ttl: 1_100 })
  await isGone(store, key('c'))
  await holds(store, key('a'), 'for ever')
  await holds(store, key('b'), 'for ever')
}

async function expiresUnderConditions(store: Store, key: KeyMaker): Promise<void> {
  const ifVersion = String(await store.set(key('a'), 'for ever'))
  assert.ok(await store.set(key('a'), 'short', { ifVersion, ttl: 30 }))
  assert.ok(await store.set(key('b'), 'short', { ifAbsent: true, ttl: 30 }))
  await isGone(store, key('a'))
  await isGone(store, key('b'))
}

async function racesIfAbsent(store: Store, key: KeyMaker): Promise<void> {
  const won = await race(50, value => store.set(key('a'), value, { ifAbsent: true }))
  assert.equal(won.length, 1)
  for (const { value, version } of won) await holds(store, key('a'), value, version)
}

async function racesIfVersion(store: Store, key: KeyMaker): Promise<void> {
  const ifVersion = String(await store.set(key('a'), 'first'))
  const won = await race(50, value => store.set(key('a'), value, { ifVersion }))
  assert.equal(won.length, 1)
  for (const { value, version } of won) await holds(store, key('a'), value, version)
}

async function racesDelete(store: Store, key: KeyMaker): Promise<void> {
  await store.set(key('a'), 'first')
  const deleted = await Promise.all(Array.from({ length: 50 }, () => store.delete(key('a'))))
  assert.equal(deleted.filter(Boolean).length, 1)
}

async function racesCounters(store: Store, key: KeyMaker): Promise<void> {
  await Promise.all(Array.from({ length: 10 }, () => increment(store, key('a'))))
  await holds(store, key('a'), '10')
}

async function racesUnconditionally(store: Store, key: KeyMaker): Promise<void> {
  const won = await race(20, value => store.set(key('a'), value))
  assert.equal(won.length, 20)
  const found = await store.get(key('a'))
  assert.ok(won.some(({ value, version }) => value === found?.value && version === found.version))
}

interface Written {
  readonly value: string
  readonly version: string | undefined
}

async function race(
  writers: number,
  write: (value: string) => Promise<string | undefined>,
): Promise<Written[]> {
  const writes = Array.from({ length: writers }, async (_, writer) => {
    const value = `writer ${writer}`
    return { value, version: await write(value) }
  })
  return (await Promise.all(writes)).filter(({ version }) => version !== undefined)
}

async function increment(store: Store, key: string): Promise<void> {
  for (;;) {
    const found = await store.get(key)
    const condition = found ? { ifVersion: found.version } : { ifAbsent: true as const }
    if (await store.set(key, String(Number(found?.value ?? 0) + 1), condition)) return
  }
}

async function isGone(store: Store, key: string): Promise<void> {
  for (const end = Date.now() + PATIENCE; await store.get(key); await pause(10))
    assert.ok(Date.now() < end, 'a value should have expired')
}
