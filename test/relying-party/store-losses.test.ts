import { describe, expect, test } from 'vitest'
import { memoryStore, type Store } from '../../src/index.ts'
import { type StoreLosses, storeLosses } from '../../src/relying-party/store-losses.ts'
import { pass, setClock, stopClock } from '../support/clock.ts'
import { settingsOf } from '../support/settings.ts'

const MINUTE = 60_000
const DAY = 86_400_000

stopClock()

interface Replica extends StoreLosses {
  readonly log: string[]
}

function replica(store: Store): Replica {
  const log: string[] = []
  return { ...storeLosses(settingsOf({ store, log: (sentence: string) => log.push(sentence) })), log }
}

test('a store that is new, and one that is as it was, has lost nothing', async () => {
  const store = memoryStore()
  const one = replica(store)
  expect(one.lostBefore()).toBeUndefined()
  await one.look()
  const before = one.lostBefore()
  expect(Math.abs(Date.now() - (before ?? 0))).toBeLessThan(1_000)
  await one.look()
  pass(MINUTE)
  await one.look()
  expect([one.lostBefore(), one.log]).toEqual([before, []])
})

test('a store that was emptied is noticed by every replica, and reported once', async () => {
  const store = memoryStore()
  const [one, other] = [replica(store), replica(store)]
  for (const { look } of [one, other]) await look()
  await store.delete('losses:default')
  const lostAt = Date.now()
  for (const { look } of [one, other]) await look()
  expect(one.lostBefore()).toBeGreaterThan(lostAt)
  expect(other.lostBefore()).toBe(one.lostBefore())
  expect([...one.log, ...other.log]).toHaveLength(1)
})

test('an older state that was restored is noticed, and one replica that starts there changes nothing', async () => {
  const store = memoryStore()
  const one = replica(store)
  await one.look()
  const old = (await store.get('losses:default'))?.value ?? ''
  pass(MINUTE)
  await one.look()
  await store.set('losses:default', old)
  const other = replica(store)
  await other.look()
  const lostAt = Date.now()
  await one.look()
  await other.look()
  expect(one.lostBefore()).toBeGreaterThan(lostAt)
  expect(other.lostBefore()).toBe(one.lostBefore())
})

test('a time that lies far in the future is not believed', async () => {
  const store = memoryStore()
  await store.set('losses:default', JSON.stringify({ since: Date.now() + 60 * MINUTE, count: 1 }))
  const one = replica(store)
  await one.look()
  expect(one.lostBefore()).toBeLessThan(Date.now() + MINUTE)
})

test('a time in the future is replaced by one that stays, or every session would return again and again', async () => {
  const store = memoryStore()
  await store.set('losses:default', JSON.stringify({ since: Date.now() + 60 * MINUTE, count: 1 }))
  const one = replica(store)
  await one.look()
  const before = one.lostBefore()
  pass(MINUTE)
  await one.look()
  expect(one.lostBefore()).toBe(before)
})

describe('a clock that is set back', () => {
  test.each([MINUTE, DAY, 365 * DAY])(
    'by %i ms counts as a loss for every replica, once',
    async milliseconds => {
      const store = memoryStore()
      const [one, other] = [replica(store), replica(store)]
      for (const { look } of [one, other]) await look()
      setClock(milliseconds)
      await one.look()
      setClock(-milliseconds)
      const setBackAt = Date.now()
      for (const { look } of [one, other]) await look()
      expect(one.lostBefore()).toBeGreaterThan(setBackAt)
      expect(one.lostBefore()).toBeLessThan(setBackAt + MINUTE)
      expect(other.lostBefore()).toBe(one.lostBefore())
      const before = one.lostBefore()
      for (const { look } of [one, other]) await look()
      expect(one.lostBefore()).toBe(before)
      expect(one.log).toEqual([expect.stringMatching(/^This machine's clock was set back by \d+ s\. /)])
      expect(other.log).toEqual([])
    },
  )

  test.each([-5_000, 5_000, DAY])('not by %i ms, nor one that is only ahead', async milliseconds => {
    const one = replica(memoryStore())
    await one.look()
    const before = one.lostBefore()
    setClock(milliseconds)
    await one.look()
    expect([one.lostBefore(), one.log]).toEqual([before, []])
  })

  test('while the store is away is noticed once it is back', async () => {
    const inner = memoryStore()
    let isAway = false
    const one = replica({
      ...inner,
      get: key => (isAway ? Promise.reject(new Error('the store is away')) : inner.get(key)),
    })
    await one.look()
    const before = one.lostBefore() ?? 0
    setClock(DAY)
    await one.look()
    isAway = true
    setClock(-DAY)
    await expect(one.look()).rejects.toThrow('away')
    isAway = false
    await one.look()
    expect(one.lostBefore()).toBeGreaterThan(before)
    expect(one.log).toHaveLength(1)
  })
})

describe('a clock that was ahead, of a process that has ended since', () => {
  test('is noticed by the next one to start, for every replica, once', async () => {
    const store = memoryStore()
    const right = replica(store)
    await right.look()
    const before = right.lostBefore() ?? 0
    setClock(DAY)
    await replica(store).look()
    setClock(-DAY)
    await right.look()
    expect(right.lostBefore()).toBe(before)
    const setBackAt = Date.now()
    const next = replica(store)
    for (const { look } of [next, right]) await look()
    expect(next.lostBefore()).toBeGreaterThan(setBackAt)
    expect(next.lostBefore()).toBeLessThan(setBackAt + MINUTE)
    expect(right.lostBefore()).toBe(next.lostBefore())
    expect(next.log).toEqual([expect.stringMatching(/set back by 86400 s, or another replica's is ahead/)])
    const later = replica(store)
    await later.look()
    expect([later.lostBefore(), later.log]).toEqual([next.lostBefore(), []])
  })

  test.each([5_000, 2 * MINUTE, DAY])('is none that went on for %i ms', async milliseconds => {
    const store = memoryStore()
    const one = replica(store)
    await one.look()
    const before = one.lostBefore()
    pass(milliseconds)
    await one.look()
    setClock(-5_000)
    const next = replica(store)
    await next.look()
    expect([next.lostBefore(), next.log]).toEqual([before, []])
  })
})
