import { randomUUID } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type OidcOperations, traced } from '../../src/vocabulary/operations.ts'

type Name = keyof OidcOperations
type Run = () => Promise<unknown>

const issuer = 'https://op.test'
/** A reason of its own in each run: one that was said is not said again. */
const broken = new Error(`the exporter ${randomUUID()} is gone`)

function wrapEach(name: Name, wrap: unknown): void {
  const channel = `tracing:express-oidc-rp:${name}:start`
  const onStart = (operation: unknown): void => void Object.assign(operation as object, { wrap })
  subscribe(channel, onStart)
  onTestFinished(() => void unsubscribe(channel, onStart))
}

function warnings(): readonly string[] {
  const said: string[] = []
  vi.spyOn(process, 'emitWarning').mockImplementation(words => void said.push(String(words)))
  onTestFinished(() => void vi.restoreAllMocks())
  return said
}

test('a wrap that runs it twice, returns something else, or does not wait, changes nothing either', async () => {
  const said = warnings()
  let runs = 0
  wrapEach('login', async (run: Run) => {
    void run()
    void run()
    await sleep(20)
    return 'something else'
  })
  const run = async (): Promise<number> => (runs += 1)
  expect(await traced('login', { issuer }, run)).toBe(1)
  const own = new Error('refused')
  await expect(traced('login', { issuer }, () => Promise.reject(own))).rejects.toBe(own)
  expect(said).toEqual([])
})

test('a wrap that passes the failure of the operation on has not failed', async () => {
  const said = warnings()
  wrapEach('callback', (run: Run) => run())
  const own = new Error('refused')
  await expect(traced('callback', { issuer }, () => Promise.reject(own))).rejects.toBe(own)
  expect(said).toEqual([])
})

const failing: [how: string, name: Name, reason: string, wrap: unknown][] = [
  ['throws before it runs it', 'login', broken.message, thrown],
  ['rejects before it runs it', 'callback', broken.message, async () => thrown()],
  ['never runs it', 'refresh', 'it did not call run', async () => 'something else'],
  ['throws after it has begun', 'logout-token', broken.message, (run: () => unknown) => thrown(run())],
  [
    'rejects after it has ended',
    'registration',
    broken.message,
    async (run: Run) => run().then(thrown, thrown),
  ],
  ['is no function', 'rotation', 'not a function', 'a span'],
]

function thrown(_result?: unknown): never {
  throw broken
}

test.each(failing)('a wrap that %s changes nothing, and is said once', async (_how, name, reason, wrap) => {
  const said = warnings()
  wrapEach(name, wrap)
  let runs = 0
  const run = async (): Promise<number> => (runs += 1)
  expect(await traced(name, { issuer }, run)).toBe(1)
  expect(await traced(name, { issuer }, run)).toBe(2)
  const own = new Error('refused')
  const fail = (): never => {
    runs += 1
    throw own
  }
  await expect(traced(name, { issuer }, async () => fail())).rejects.toBe(own)
  await expect(traced(name, { issuer }, fail)).rejects.toBe(own)
  expect(runs).toBe(4)
  expect(said).toEqual([expect.stringContaining(`wrap of the operation ${name} failed`)])
  expect(said[0]).toContain(reason)
})
