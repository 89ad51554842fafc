import session from 'express-session'
import { describe, expect } from 'vitest'
import { memoryStore } from '../src/index.ts'
import { buildRelyingParty, type RelyingParty } from '../src/relying-party/relying-party.ts'
import { endLogins } from '../src/session/login-endings.ts'
import { watchLogin } from '../src/session/login-watch.ts'
import { markLogin } from '../src/session/logout-marks.ts'
import { test } from './support/flow.ts'
import { settingsOf } from './support/settings.ts'

const login = (id: string) => ({ id, startedAt: Date.now() })

/** Two replicas of an app that nobody asks for anything, and how often their store is read. */
function replicas(options: object = {}): {
  readonly one: RelyingParty
  readonly two: RelyingParty
  readonly reads: string[]
} {
  const inner = memoryStore()
  const reads: string[] = []
  const store = {
    ...inner,
    get(key: string) {
      reads.push(key)
      return inner.get(key)
    },
  }
  const build = (): RelyingParty => buildRelyingParty(settingsOf({ store, start: 'first-use', ...options }))
  return { one: build(), two: build(), reads }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => signal.addEventListener('abort', () => resolve()))

describe('who watches a login', () => {
  test('is told within seconds that it was ended on another replica, and others are not', async () => {
    const { one, two } = replicas()
    const [watch, other] = [watchLogin(one, login('a')), watchLogin(one, login('b'))]
    await markLogin(two, 'a')
    await aborted(watch.signal)
    expect(other.signal.aborted).toBe(false)
    other.release()
  })

  test('is told at once that it was ended on this replica', async () => {
    const { one } = replicas({ sessionStore: new session.MemoryStore() })
    const [watch, other] = [watchLogin(one, login('a')), watchLogin(one, login('b'))]
    const times = { beganAt: 0, startedAt: Date.now(), expiresAt: Date.now() + 60_000 }
    await endLogins(one, [{ loginId: 'a', sessionId: 'session of a', sub: 'user', ...times }])
    expect([watch.signal.aborted, other.signal.aborted]).toEqual([true, false])
    other.release()
  })

  test('is told that its absolute lifetime has passed', async () => {
    const { one } = replicas({ absoluteLifetime: 0.01 })
    await aborted(watchLogin(one, login('a')).signal)
  })

  test('is one of several, and reads one mark for all until the last of them has gone', async () => {
    const { one, two, reads } = replicas()
    const [first, second] = [watchLogin(one, login('a')), watchLogin(one, login('a'))]
    first.release()
    first.release()
    await markLogin(two, 'a')
    await aborted(second.signal)
    expect(reads).toHaveLength(1)
    const third = watchLogin(one, login('b'))
    third.release()
    await aborted(watchLogin(one, { id: 'c', startedAt: 0 }).signal)
    expect(new Set(reads).size).toBe(1)
  })

  test('is asked about in turn, however many there are', async () => {
    const { one, two, reads } = replicas()
    const watches = Array.from({ length: 600 }, (_, index) => watchLogin(one, login(String(index))))
    await markLogin(two, '599')
    const last = watches.at(-1)
    if (last) await aborted(last.signal)
    expect(reads.length).toBeLessThanOrEqual(1_000)
    expect(new Set(reads).size).toBe(600)
    for (const watch of watches) watch.release()
  })
})
