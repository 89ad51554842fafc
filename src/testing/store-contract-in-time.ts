import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Store } from '../index.ts'
import { holds, type KeyMaker, type Promises } from './store-contract-values.ts'

/** Milliseconds that a value with a short lifetime may take to disappear. */
const LONGEST_WAIT = 5_000

/** What a store promises about lifetimes, which are in seconds. */
export const lifetimes: Promises = [
  ['keeps a value whose lifetime has not passed', keepsWhatLives],
  ['treats an expired key as absent, and its version as gone', forgetsWhatExpired],
  ['drops the lifetime when a later write names none', dropsLifetime],
  ['takes a lifetime with each condition', expiresUnderConditions],
]

/** What a store promises to concurrent writers. */
export const races: Promises = [
  ['lets one of 50 concurrent writes with ifAbsent win', racesIfAbsent],
  ['lets one of 50 concurrent writes with ifVersion win', racesIfVersion],
  ['lets one of 50 concurrent deletes win', racesDelete],
  ['loses no update of 10 concurrent counters', racesCounters],
  ['ends concurrent unconditional writes in one of them', racesUnconditionally],
]

async function keepsWhatLives(store: Store, key: KeyMaker): Promise<void> {
  await store.set(key('a'), 'kept', { lifetime: 60 })
  await store.set(key('b'), 'kept forever', { lifetime: Number.POSITIVE_INFINITY })
  await pause(100) // a store that takes the seconds for milliseconds has dropped the first one
  await holds(store, key('a'), 'kept')
  await holds(store, key('b'), 'kept forever')
  assert.equal(await store.set(key('a'), 'lost', { ifAbsent: true }), undefined)
}

async function forgetsWhatExpired(store: Store, key: KeyMaker): Promise<void> {
  const version = String(await store.set(key('a'), 'short', { lifetime: 0.0305 }))
  await isGone(store, key('a'))
  assert.equal(await store.set(key('a'), 'late', { ifVersion: version }), undefined)
  assert.equal(await store.delete(key('a'), { ifVersion: version }), false)
  assert.equal(await store.delete(key('a')), false)
  const next = await store.set(key('a'), 'new', { ifAbsent: true })
  assert.notEqual(next, version)
  await holds(store, key('a'), 'new', next)
}

async function dropsLifetime(store: Store, key: KeyMaker): Promise<void> {
  await store.set(key('a'), 'short', { lifetime: 0.03 })
  await store.set(key('a'), 'forever')
  const ifVersion = String(await store.set(key('b'), 'short', { lifetime: 1 }))
  await store.set(key('b'), 'forever', { ifVersion })
  await store.set(key('c'), 'short', { lifetime: 1.1 })
  await isGone(store, key('c'))
  await holds(store, key('a'), 'forever')
  await holds(store, key('b'), 'forever')
}

async function expiresUnderConditions(store: Store, key: KeyMaker): Promise<void> {
  const ifVersion = String(await store.set(key('a'), 'forever'))
  assert.ok(await store.set(key('a'), 'short', { ifVersion, lifetime: 0.03 }))
  assert.ok(await store.set(key('b'), 'short', { ifAbsent: true, lifetime: 0.03 }))
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
  for (const end = performance.now() + LONGEST_WAIT; await store.get(key); await pause(10))
    assert.ok(performance.now() < end, 'a value should have expired')
}
