import { describe, expect } from 'vitest'
import { refuseTooSoon } from '../../../src/relying-party/changes/registration-intent.ts'
import { recordKey } from '../../../src/relying-party/record/client-record.ts'
import { believeTimes } from '../../../src/relying-party/record/record-times.ts'
import { startReplicas, watchedStore } from '../../support/apps/replicas.ts'
import { Browser } from '../../support/browser.ts'
import { pass, setClock, stopClock, until } from '../../support/clock.ts'
import { beginLogin, expectSignIn } from '../../support/flow.ts'
import { test as base } from '../../support/hydra-flow.ts'
import { farProvider } from '../../support/providers/far-provider.ts'
import { settingsOf } from '../../support/settings.ts'

stopClock()

const test = base.extend('watched', () => watchedStore())
const MINUTE = 60_000
const DAY = 86_400_000
const rereadEvery = 0.03

describe.for([
  ['a second', 1_000],
  ['a day', DAY],
  ['a year', 365 * DAY],
] as const)('a clock that was %s ahead and is set right', ([, ahead]) => {
  test('has credentials rotated after their usual time', async ({ hydra, watched, start }) => {
    setClock(ahead)
    const options = { store: watched.store, issuer: hydra.issuer, relyingParty: { rereadEvery } }
    const [first] = await startReplicas(start, 1, options)
    await first.rp.close()
    setClock(-ahead)
    const [app] = await startReplicas(start, 1, options)
    const next = Number(app.rp.status().nextRotationAt) - Date.now()
    expect(next / DAY).toBeCloseTo(90, 1)
    pass(89 * DAY)
    await watched.rounds()
    expect(app.rp.status().generation).toBe(1)
    pass(DAY + MINUTE)
    await until(() => app.rp.status().generation === 2)
    expect(hydra.clients.size).toBe(1)
  })

  test('has a lost client replaced after the usual pause, and not earlier', async ({
    hydra,
    watched,
    start,
  }) => {
    const relyingParty = { ...farProvider(hydra.issuer), rereadEvery }
    const lose = async () => {
      hydra.clients.clear()
      pass(MINUTE)
      const page = await beginLogin(app)
      await watched.idle()
      return page.status
    }
    setClock(ahead)
    const [app] = await startReplicas(start, 1, { store: watched.store, relyingParty })
    expect(await lose()).toBe(303)
    expect(hydra.requestsTo('register')).toHaveLength(2)
    setClock(-ahead)
    expect(await lose()).toBe(503)
    expect(hydra.requestsTo('register')).toHaveLength(2)
    pass(9 * MINUTE)
    expect(await lose()).toBe(303)
    expect(hydra.requestsTo('register')).toHaveLength(3)
  })

  test('has a client deleted when its last sessions are over', async ({ hydra, watched, start }) => {
    setClock(ahead)
    const relyingParty = { rereadEvery, absoluteLifetime: 3_600 }
    const [app] = await startReplicas(start, 1, { store: watched.store, issuer: hydra.issuer, relyingParty })
    const before = app.rp.status().clientId ?? ''
    hydra.adminPatch(before)
    expect(await app.rp.rotate()).toBe('replacement')
    setClock(-ahead)
    await watched.rounds()
    pass(69 * MINUTE)
    await watched.rounds()
    expect(app.rp.status().retiring).toHaveLength(1)
    pass(2 * MINUTE)
    await until(() => app.rp.status().retiring.length === 0)
  })
})

test('a time in the future is said once, with how far ahead it is', async ({ hydra, watched, start }) => {
  const options = { store: watched.store, issuer: hydra.issuer, relyingParty: { rereadEvery } }
  setClock(DAY)
  const [first] = await startReplicas(start, 1, options)
  await first.rp.close()
  setClock(-DAY)
  const [app] = await startReplicas(start, 1, options)
  await watched.rounds()
  const said = app.log.filter(line => line.includes("ahead of this machine's clock"))
  expect(said).toEqual([expect.stringContaining('86400 s ahead')])
})

describe('a clock that is set a day ahead', () => {
  test('has a lost client replaced after the usual pause, and not earlier', async ({
    hydra,
    watched,
    start,
  }) => {
    const relyingParty = { ...farProvider(hydra.issuer), rereadEvery }
    const [app] = await startReplicas(start, 1, { store: watched.store, relyingParty })
    const lose = async () => {
      hydra.clients.clear()
      pass(MINUTE)
      const page = await beginLogin(app)
      await watched.idle()
      await watched.rounds()
      return [page.status, hydra.requestsTo('register').length]
    }
    expect(await lose()).toEqual([303, 2])
    setClock(DAY)
    expect(await lose()).toEqual([503, 2])
    pass(9 * MINUTE)
    expect(await lose()).toEqual([303, 3])
  })

  test('has registrations that did not succeed tried again after their usual pause', () => {
    const settings = settingsOf({})
    const pending = { requested: {}, asked: 'x', begunAt: Date.now() }
    const record = { format: 1, issuer: settings.issuer, name: 'app', pending, failures: 3 } as const
    const attempt = () => refuseTooSoon(believeTimes(record, settings))
    expect(attempt).toThrow(/The next one begins in 20 s/)
    setClock(DAY)
    expect(attempt).toThrow(/The next one begins in 20 s/)
    pass(20_000)
    expect(attempt).not.toThrow()
  })

  test('has a client deleted when its last sessions are over', async ({ hydra, watched, start }) => {
    const relyingParty = { rereadEvery, absoluteLifetime: 3_600 }
    const [app] = await startReplicas(start, 1, { store: watched.store, issuer: hydra.issuer, relyingParty })
    hydra.adminPatch(app.rp.status().clientId ?? '')
    expect(await app.rp.rotate()).toBe('replacement')
    await watched.rounds()
    setClock(DAY)
    await watched.rounds()
    expect(app.rp.status().retiring).toHaveLength(1)
    pass(71 * MINUTE)
    await until(() => app.rp.status().retiring.length === 0)
  })
})

describe('a replica that starts a day ahead of the provider', () => {
  test.for([
    ['and finds the current client', false],
    ['and has to register one', true],
  ] as const)('%s deletes no other one, and says so once', async ([, isLost], { hydra, watched, start }) => {
    const relyingParty = { rereadEvery, absoluteLifetime: 3_600 }
    const options = { store: watched.store, issuer: hydra.issuer, relyingParty }
    const [first] = await startReplicas(start, 1, options)
    hydra.adminPatch(first.rp.status().clientId ?? '')
    expect(await first.rp.rotate()).toBe('replacement')
    await first.rp.close()
    const { current, ...lost } = await watched.record()
    const key = recordKey('client', { issuer: hydra.issuer, name: 'app' })
    if (isLost) await watched.store.set(key, JSON.stringify(lost))
    setClock(DAY)
    hydra.clockAhead = -DAY / 1_000
    const [app] = await startReplicas(start, 1, options)
    await watched.rounds(8)
    expect(app.rp.status().retiring).toHaveLength(1)
    expect(hydra.requestsTo('client').filter(({ method }) => method === 'DELETE')).toHaveLength(0)
    expect(app.log.filter(line => line.includes('deletes no retired clients'))).toHaveLength(1)
    setClock(-DAY)
    hydra.clockAhead = 0
    pass(71 * MINUTE)
    await expectSignIn({ app, browser: new Browser() })
    await until(() => app.rp.status().retiring.length === 0)
  })
})
