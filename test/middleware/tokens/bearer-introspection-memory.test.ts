import { expect, onTestFinished, test, vi } from 'vitest'
import { startApp, type TestApp } from '../../support/app.ts'
import { pass, stopClock } from '../../support/clock.ts'
import { type ScriptedHydra, scriptedHydra } from '../../support/scripted-hydra.ts'
import { type Answer, json } from '../../support/scripted-provider.ts'
import { apiApp, audience, call } from '../../support/tokens/bearer.ts'

stopClock()

const WAIT = { timeout: 30_000 }

const now = (): number => Math.floor(Date.now() / 1_000)
const active = (end = 600): Answer =>
  json({ active: true, sub: 'user-1', aud: audience, exp: now() + end, iat: now() })

async function start(answer: Answer): Promise<{ readonly app: TestApp; readonly hydra: ScriptedHydra }> {
  const hydra = await scriptedHydra()
  onTestFinished(() => hydra.close())
  const endpoints = { introspection_endpoint: `${hydra.issuer}/admin/oauth2/introspect` }
  const app = await startApp(hydra.issuer, apiApp({}, { relyingParty: { endpoints } }))
  onTestFinished(() => app.close())
  await app.rp.ready()
  hydra.answer('introspect', answer)
  return { app, hydra }
}

test('what the provider said counts for ten seconds', async () => {
  const { app, hydra } = await start(active())
  const statuses: number[] = []
  for (const wait of [0, 8_000, 2_100]) {
    pass(wait)
    statuses.push((await call(app, '/api', 'opaque')).status, hydra.requestsTo('introspect').length)
  }
  expect(statuses).toEqual([200, 1, 200, 1, 200, 2])
  pass(10_100)
  hydra.answer('introspect', json({ active: false }))
  expect((await call(app, '/api', 'opaque')).status).toBe(401)
})

test('it never counts beyond the end of the token', async () => {
  const { app, hydra } = await start(active(5))
  await call(app, '/api', 'opaque')
  pass(5_000)
  await call(app, '/api', 'opaque')
  expect(hydra.requestsTo('introspect')).toHaveLength(2)
})

test('requests that come together ask once', async () => {
  let release = (): void => undefined
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  const { app, hydra } = await start(async (request, response) => {
    await held
    await active()(request, response)
  })
  const calls = Array.from({ length: 20 }, async () => (await call(app, '/api', 'opaque')).status)
  await vi.waitFor(() => expect(hydra.requestsTo('introspect')).toHaveLength(1), WAIT)
  release()
  expect(await Promise.all(calls)).toEqual(Array.from({ length: 20 }, () => 200))
  expect(hydra.requestsTo('introspect')).toHaveLength(1)
})

test('made-up tokens drive out no answer, and at most 100 are asked about at a time', async () => {
  let release = (): void => undefined
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  const { app, hydra } = await start(active())
  expect((await call(app, '/api', 'opaque')).status).toBe(200)
  hydra.answer('introspect', async (request, response) => {
    await held
    await json({ active: false })(request, response)
  })
  const flood = Array.from(
    { length: 120 },
    async (_, index) => (await call(app, '/api', `made-up-${index}`)).status,
  )
  await vi.waitFor(() => expect(hydra.requestsTo('introspect')).toHaveLength(101), WAIT)
  expect((await call(app, '/api', 'opaque')).status).toBe(200)
  await vi.waitFor(async () => expect((await call(app, '/api', 'one-more')).status).toBe(503), WAIT)
  release()
  const statuses = await Promise.all(flood)
  expect(statuses.filter(status => status === 503)).toHaveLength(20)
  expect(statuses.filter(status => status === 401)).toHaveLength(100)
  expect(hydra.requestsTo('introspect')).toHaveLength(101)
})

test('a thousand answers are kept, the newest', async () => {
  const { app, hydra } = await start(active())
  const ask = async (from: number, to: number): Promise<number> => {
    const before = hydra.requestsTo('introspect').length
    for (let index = from; index < to; index += 50) {
      const batch = Array.from({ length: Math.min(50, to - index) }, (_, step) =>
        call(app, '/api', `opaque-${index + step}`),
      )
      await Promise.all(batch)
    }
    return hydra.requestsTo('introspect').length - before
  }
  vi.spyOn(performance, 'now').mockReturnValue(performance.now()) // no answer becomes too old meanwhile
  expect(await ask(0, 1)).toBe(1)
  expect(await ask(1, 1_001)).toBe(1_000)
  expect(await ask(1_000, 1_001)).toBe(0)
  expect(await ask(0, 1)).toBe(1)
})
