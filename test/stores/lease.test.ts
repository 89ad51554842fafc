import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { memoryStore, type Store } from '../../src/index.ts'
import { tryLease } from '../../src/stores/lease.ts'
import { pass, stopClock, until } from '../support/clock.ts'

stopClock()

/** Short, so that it is renewed while a test waits: each 100 ms. */
const lease = { key: 'lease:test', duration: 300 }

/** A request that nobody answers, and that tells when it is ended. */
const unanswered = (_url: string, { signal }: RequestInit): Promise<Response> =>
  new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason as Error)
    signal?.addEventListener('abort', () => reject(signal.reason as Error))
  })

/** One that is answered, unless it was ended before. */
const answered = async (_url: string, { signal }: RequestInit): Promise<Response> => {
  signal?.throwIfAborted()
  return new Response()
}

const aborted = { name: 'AbortError' }

test('a lease is held by one at a time, and is free again after its work', async () => {
  const place = { store: memoryStore(), log: () => undefined, seenLeases: new Map() }
  const inner = await tryLease(place, lease, () => tryLease(place, lease, async () => 'second'))
  expect(inner).toEqual({ result: undefined })
  expect(await tryLease(place, lease, async () => 'next')).toEqual({ result: 'next' })
})

test('one that is renewed outlives its duration', async () => {
  const store = memoryStore()
  const place = { store, log: () => undefined, seenLeases: new Map() }
  const roomy = { ...lease, duration: 1_500 }
  await tryLease(place, roomy, async bind => {
    for (let count = 0; count < 4; count += 1) {
      const before = await store.get(roomy.key)
      pass(700)
      await until(async () => (await store.get(roomy.key))?.version !== before?.version)
    }
    expect(await tryLease(place, roomy, async () => 'second')).toBeUndefined()
    expect(await bind(answered)('https://op.test', {})).toMatchObject({ status: 200 })
  })
})

test('one of a process that has died is taken after its duration, even if a clock that was set back keeps it', async () => {
  const place = { store: memoryStore(), log: () => undefined, seenLeases: new Map() }
  const take = () => tryLease(place, lease, async () => 'taken')
  await place.store.set(lease.key, 'dead', { lifetime: 86_400 })
  expect(await take()).toBeUndefined()
  pass(lease.duration - 100)
  expect(await take()).toBeUndefined()
  pass(200)
  expect(await take()).toEqual({ result: 'taken' })
  expect(await place.store.get(lease.key)).toBeUndefined()
})

test('one of a process that lives is never taken', async () => {
  const place = { store: memoryStore(), log: () => undefined, seenLeases: new Map() }
  for (let renewal = 0; renewal < 4; renewal += 1) {
    await place.store.set(lease.key, 'alive', { lifetime: 86_400 })
    expect(await tryLease(place, lease, async () => 'taken')).toBeUndefined()
    pass(lease.duration - 100)
    expect(await tryLease(place, lease, async () => 'taken')).toBeUndefined()
  }
})

test('one that somebody else has got ends the requests of the work', async () => {
  const store = memoryStore()
  await tryLease({ store, log: () => undefined, seenLeases: new Map() }, lease, async bind => {
    const request = bind(unanswered)('https://op.test', {})
    await store.set(lease.key, 'another')
    await expect(request).rejects.toMatchObject(aborted)
  })
  expect(await store.get(lease.key)).toMatchObject({ value: 'another' })
})

test('work that slept through the end of its lease sends nothing more', async () => {
  await tryLease({ store: memoryStore(), log: () => undefined, seenLeases: new Map() }, lease, async bind => {
    const send = bind(answered)
    await send('https://op.test', {})
    block(lease.duration)
    await expect(send('https://op.test', {})).rejects.toMatchObject(aborted)
  })
})

test('a store that is away for a while does not end it, and for longer does', async () => {
  const inner = memoryStore()
  let isDown = false
  const store: Store = {
    ...inner,
    set: async (...args) => {
      if (isDown) throw new Error('down')
      return inner.set(...args)
    },
  }
  await tryLease({ store, log: () => undefined, seenLeases: new Map() }, lease, async bind => {
    isDown = true
    await pause(lease.duration / 2)
    await bind(answered)('https://op.test', {})
    await pause(lease.duration / 2)
    await expect(bind(unanswered)('https://op.test', {})).rejects.toMatchObject(aborted)
  })
})

/** Lets nothing else happen in this process for so many milliseconds, timers included. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}
