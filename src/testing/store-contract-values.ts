import assert from 'node:assert/strict'
import type { Store } from '../index.ts'

/** Makes a key of the suite from the rest of its name. */
export type KeyMaker = (rest: string) => string

/** Promises of a store, each with the check that it is kept. */
export type Promises = readonly (readonly [
  promise: string,
  check: (store: Store, key: KeyMaker) => Promise<void>,
])[]

type Check = Promises[number][1]

const values: readonly (readonly [what: string, value: string])[] = [
  ['an empty string', ''],
  ['unicode', 'naïve 名前 👩‍🚀 \u0000 \u2028 "\\'],
  ['lines', '\none\r\ntwo\n'],
  ['JSON', '{"__proto__":{"a":1}}'],
  ['1 MiB', 'x'.repeat(2 ** 20)],
]

const oddKeys: readonly string[] = [
  'client:https://op.test|x/../y',
  '../../etc/passwd',
  '/',
  '.',
  '..',
  '*?<>|"',
  '%2e%2e%2f',
  '{a}[b]$(c)`d`',
  'CON',
  '__proto__',
  'constructor',
  ' space at both ends ',
  "'; DROP TABLE records; --",
]

const lookAlikes: readonly (readonly [one: string, other: string])[] = [
  ['a/b', 'a-b'],
  ['a', 'A'],
  ['a', 'a '],
  ['a', 'a.1'],
  ['a:b', 'a|b'],
  ['a%2Fb', 'a/b'],
  [`${'k'.repeat(480)}a`, `${'k'.repeat(480)}b`],
]

/** What a store promises about values and keys. */
export const basics: Promises = [
  ['says where it is, and whether it is shared', saysWhereItIs],
  ['finds nothing under a key that was never written', findsNothing],
  ...values.map(([what, value]) => [`returns ${what} unchanged`, givesBack(value)] as const),
  ...oddKeys.map(odd => [`accepts the key ${JSON.stringify(odd)}`, takesKey(odd)] as const),
  ...lookAlikes.map(
    ([a, b]) => [`never confuses ${a.slice(-9)} with ${b.slice(-9)}`, tellsApart(a, b)] as const,
  ),
  ['changes the version with each write, even of the same value', changesVersion],
  ['accepts a deleted key again, with a new version', takesKeyAgain],
]

/** What a store promises about writes and deletes with a condition. */
export const conditions: Promises = [
  ['writes with ifAbsent only if the key has no value', writesIfAbsent],
  ['writes with ifVersion only over that version', writesIfVersion],
  ['writes nothing with ifVersion if the key has no value', writesNothingOverNothing],
  ['deletes with ifVersion only that version', deletesIfVersion],
]

/** Fails unless the key has this value, and this version if one is given. */
export async function holds(store: Store, key: string, value: string, version?: string): Promise<void> {
  const found = await store.get(key)
  assert.equal(found?.value, value)
  if (version !== undefined) assert.equal(found.version, version)
}

async function saysWhereItIs(store: Store): Promise<void> {
  assert.match(store.location, /\S/)
  assert.equal(typeof store.shared, 'boolean')
}

async function findsNothing(store: Store, key: KeyMaker): Promise<void> {
  assert.equal(await store.get(key('a')), undefined)
  assert.equal(await store.delete(key('a')), false)
}

function givesBack(value: string): Check {
  return async (store, key) => {
    const version = await store.set(key('a'), value)
    await holds(store, key('a'), value, version)
  }
}

function takesKey(odd: string): Check {
  return async (store, key) => {
    const version = await store.set(key(odd), 'kept', { ifAbsent: true })
    await holds(store, key(odd), 'kept', version)
    assert.equal(await store.delete(key(odd)), true)
    assert.equal(await store.get(key(odd)), undefined)
  }
}

function tellsApart(one: string, other: string): Check {
  return async (store, key) => {
    await store.set(key(one), 'one')
    assert.equal(await store.get(key(other)), undefined)
    assert.ok(await store.set(key(other), 'other', { ifAbsent: true }))
    await store.delete(key(other))
    await holds(store, key(one), 'one')
  }
}

async function changesVersion(store: Store, key: KeyMaker): Promise<void> {
  const versions = new Set<unknown>()
  for (let write = 0; write < 10; write++) versions.add(await store.set(key('a'), 'same'))
  assert.equal(versions.size, 10)
  assert.ok([...versions].every(version => typeof version === 'string'))
}

async function takesKeyAgain(store: Store, key: KeyMaker): Promise<void> {
  const first = String(await store.set(key('a'), 'same'))
  assert.equal(await store.delete(key('a')), true)
  assert.equal(await store.delete(key('a')), false)
  const second = await store.set(key('a'), 'same', { ifAbsent: true })
  assert.notEqual(second, first)
  assert.equal(await store.set(key('a'), 'late', { ifVersion: first }), undefined)
  await holds(store, key('a'), 'same', second)
}

async function writesIfAbsent(store: Store, key: KeyMaker): Promise<void> {
  const first = await store.set(key('a'), 'first', { ifAbsent: true })
  assert.equal(await store.set(key('a'), 'second', { ifAbsent: true, lifetime: 0.001 }), undefined)
  await holds(store, key('a'), 'first', first)
}

async function writesIfVersion(store: Store, key: KeyMaker): Promise<void> {
  const first = String(await store.set(key('a'), 'first'))
  assert.equal(await store.set(key('a'), 'lost', { ifVersion: 'no-such-version' }), undefined)
  const second = await store.set(key('a'), 'second', { ifVersion: first })
  assert.ok(second)
  assert.equal(await store.set(key('a'), 'late', { ifVersion: first }), undefined)
  await holds(store, key('a'), 'second', second)
}

async function writesNothingOverNothing(store: Store, key: KeyMaker): Promise<void> {
  for (const ifVersion of ['1', '']) assert.equal(await store.set(key('a'), 'lost', { ifVersion }), undefined)
  assert.equal(await store.get(key('a')), undefined)
}

async function deletesIfVersion(store: Store, key: KeyMaker): Promise<void> {
  const first = String(await store.set(key('a'), 'first'))
  const second = String(await store.set(key('a'), 'second'))
  assert.equal(await store.delete(key('a'), { ifVersion: first }), false)
  await holds(store, key('a'), 'second', second)
  assert.equal(await store.delete(key('a'), { ifVersion: second }), true)
  assert.equal(await store.delete(key('a'), { ifVersion: second }), false)
}
