import { PassThrough } from 'node:stream'
import session from 'express-session'
import { expect, test } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { buildRelyingParty } from '../../../src/relying-party/relying-party.ts'
import { endLogins } from '../../../src/session/logout/end-logins.ts'
import { closeWatches, watchLogin } from '../../../src/session/logout/login-watches.ts'
import { buildLogins, type Logins } from '../../../src/session/logout/logins.ts'
import { markLogin } from '../../../src/session/logout/logout-marks.ts'
import { settingsOf } from '../../support/settings.ts'

/** Two replicas of an app that nobody asks for anything, and what is read of their store. */
function replicas(): { readonly one: Logins; readonly two: Logins; readonly reads: string[] } {
  const inner = memoryStore()
  const reads: string[] = []
  const store = {
    ...inner,
    get(key: string) {
      reads.push(key)
      return inner.get(key)
    },
  }
  const sessionStore = new session.MemoryStore()
  const build = (): Logins =>
    buildLogins(buildRelyingParty(settingsOf({ store, start: 'first-use', sessionStore })))
  return { one: build(), two: build(), reads }
}

const watch = ({ watches }: Logins, id: string, connection = new PassThrough()): AbortSignal =>
  watchLogin(watches, { id, endsAt: Date.now() + 60_000 }, connection)

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => signal.addEventListener('abort', () => resolve()))

test('a connection is told within seconds that its login was ended on another replica; others are not', async () => {
  const { one, two } = replicas()
  const [signal, other] = [watch(one, 'a'), watch(one, 'b')]
  await markLogin(two.settings, 'a')
  await aborted(signal)
  expect(other.aborted).toBe(false)
  closeWatches(one.watches)
})

test('a connection is told at once that its login was ended on this replica; others are not', async () => {
  const { one } = replicas()
  const [signal, other] = [watch(one, 'a'), watch(one, 'b')]
  const times = { beganAt: 0, startedAt: Date.now(), expiresAt: Date.now() + 60_000 }
  const found = { loginId: 'a', sessionId: 'session of a', sub: 'user', ...times }
  expect(await endLogins(one, [found], () => true)).toBe(1)
  expect([signal.aborted, other.aborted]).toEqual([true, false])
  closeWatches(one.watches)
})

test('several connections of a login cost one read, and none when all have gone', async () => {
  const { one, two, reads } = replicas()
  const connection = new PassThrough()
  const [first, second] = [watch(one, 'a'), watch(one, 'a')]
  watch(one, 'gone', connection)
  connection.destroy()
  await markLogin(two.settings, 'a')
  await Promise.all([aborted(first), aborted(second)])
  expect(reads).toHaveLength(1)
})

test('every login is looked at in turn, however many there are', async () => {
  const { one, two, reads } = replicas()
  const signals = Array.from({ length: 600 }, (_, index) => watch(one, String(index)))
  await markLogin(two.settings, '599')
  const last = signals.at(-1)
  if (last) await aborted(last)
  expect(reads.length).toBeLessThanOrEqual(1_000)
  expect(new Set(reads).size).toBe(600)
  closeWatches(one.watches)
})
