import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  closeWatches,
  endWatches,
  type LoginWatches,
  loginWatches,
  watchLogin,
} from '../../../src/session/logout/login-watches.ts'
import { settingsOf } from '../../support/settings.ts'

const DAY = 86_400_000

let watches: LoginWatches

beforeEach(() => {
  vi.useFakeTimers()
  watches = loginWatches(settingsOf({ start: 'first-use' }))
})

afterEach(() => void vi.useRealTimers())

const watchedLogins = (): string[] => [...watches.logins.keys()]

const watch = (id: string, connection = new PassThrough(), lifetime = DAY): AbortSignal =>
  watchLogin(watches, { id, endsAt: Date.now() + lifetime }, connection)

async function close(connection: PassThrough): Promise<void> {
  connection.destroy()
  await vi.advanceTimersByTimeAsync(0)
}

test('a login is watched until the last of its connections is closed', async () => {
  const [first, second] = [new PassThrough(), new PassThrough()]
  watch('a', first)
  watch('a', second)
  expect(watchedLogins()).toEqual(['a'])
  await close(first)
  expect(watchedLogins()).toEqual(['a'])
  await close(second)
  expect(watchedLogins()).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})

test('a connection that is closed already is not watched', async () => {
  const connection = new PassThrough()
  await close(connection)
  expect(watch('a', connection).aborted).toBe(false)
  expect(watchedLogins()).toEqual([])
})

test('one connection may serve many logins, and listens once', async () => {
  const connection = new PassThrough()
  const before = connection.listenerCount('close')
  for (let count = 0; count < 20; count += 1) watch(String(count), connection)
  expect(watch('0', connection)).toBe(watch('0', connection))
  expect(connection.listenerCount('close') - before).toBe(1)
  expect(watchedLogins()).toHaveLength(20)
  await close(connection)
  expect(watchedLogins()).toEqual([])
})

test('a signal fires at its time', async () => {
  const signal = watch('a', new PassThrough(), 10_000)
  await vi.advanceTimersByTimeAsync(9_999)
  expect(signal.aborted).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(signal.reason).toMatchObject({ code: 'ERR_OIDC_UNAUTHENTICATED', message: 'The login has ended.' })
  expect([watchedLogins(), vi.getTimerCount()]).toEqual([[], 0])
})

test.each([
  ['ahead', DAY],
  ['back', -DAY],
])('a clock that is set %s moves no end', async (_, jump) => {
  const signal = watch('a', new PassThrough(), 10_000)
  vi.setSystemTime(Date.now() + jump)
  await vi.advanceTimersByTimeAsync(9_999)
  expect(signal.aborted).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(signal.aborted).toBe(true)
})

test('a time that is farther away than a timer reaches does not come at once', () => {
  vi.useRealTimers() // a spy on a fake timer would bring it back
  const timers = vi.spyOn(globalThis, 'setTimeout')
  watch('a', new PassThrough(), 60 * DAY)
  expect(Math.max(...timers.mock.calls.map(([, delay]) => delay ?? 0))).toBe(2 ** 31 - 1)
  timers.mockRestore()
  closeWatches(watches)
})

test('only the signals of the login that ended fire, and of this relying party', () => {
  const other = loginWatches(settingsOf({ start: 'first-use' }))
  const [ended, another, elsewhere] = [
    watch('a'),
    watch('b'),
    watchLogin(other, { id: 'a', endsAt: Date.now() + DAY }, new PassThrough()),
  ]
  endWatches(watches, 'a')
  endWatches(watches, 'unknown')
  expect([ended.aborted, another.aborted, elsewhere.aborted]).toEqual([true, false, false])
  closeWatches(watches)
  expect([another.aborted, elsewhere.aborted]).toEqual([true, false])
  closeWatches(other)
  expect(vi.getTimerCount()).toBe(0)
})

test('a watch keeps no process alive', () => {
  vi.useRealTimers()
  const timers = vi.spyOn(globalThis, 'setTimeout')
  watch('a')
  expect(timers.mock.results.map(({ value }) => value.hasRef())).toEqual([false, false])
  timers.mockRestore()
  closeWatches(watches)
})
