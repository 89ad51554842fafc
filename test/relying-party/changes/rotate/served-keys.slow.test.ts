import { describe, expect } from 'vitest'
import { type LocalProvider, startProvider } from '../../../../examples/provider/provider.ts'
import { servedKids, startReplicas, watchedFetch, watchedStore } from '../../../support/apps/replicas.ts'
import { Browser, signIn } from '../../../support/browser.ts'
import { pass, stopClock, until } from '../../../support/clock.ts'
import { test as base, expectSignIn } from '../../../support/flow.ts'
import { scriptedHydra } from '../../../support/scripted-hydra.ts'
import { type ScriptedProvider, scriptedProvider, status } from '../../../support/scripted-provider.ts'

stopClock()

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** A provider has fetched the keys by then: it keeps them for an hour, a cache in front of the app for another minute. */
const FETCHED = 65 * MINUTE
const REREAD = 0.05
/** Two reads of the record, an assertion's lifetime and the clock tolerance. */
const OVERLAP = 2 * REREAD * 1_000 + 90_000

const routes = { jwks: '/jwks.json' } as const

const test = base.extend('watched', () => watchedStore())

/** Keeps each client's keys for an hour, whatever the answer says, also when an assertion names a key that it does not have. */
async function patientProvider(): Promise<ScriptedProvider> {
  return Object.assign(await scriptedProvider(), { keepsFetchedKeys: HOUR })
}

/** Tells the time by the clock that the test has stopped. */
async function punctualProvider(): Promise<LocalProvider> {
  return startProvider({
    extend: provider =>
      void provider.use(async (ctx, next) => {
        ctx.set('date', new Date().toUTCString())
        await next()
      }),
  })
}

describe.for([
  ['a provider that keeps the keys for an hour', patientProvider],
  ['oidc-provider, which keeps them for a minute', punctualProvider],
  ['Hydra', scriptedHydra],
] as const)('keys that are served to %s', ([, open]) => {
  test('are rotated in two steps, which no sign-in notices', async ({ start, watched, onTestFinished }) => {
    const provider = await open()
    const { issuer } = provider
    onTestFinished(() => provider.close())
    const { fetch, kids } = watchedFetch()
    const relyingParty = { fetch, routes, rereadEvery: REREAD }
    const apps = await startReplicas(start, 2, { issuer, store: watched.store, relyingParty })
    const [app] = apps

    async function everyReplicaSignsIn(expected: unknown): Promise<void> {
      for (const replica of apps) {
        const page = await signIn(new Browser(), `${replica.url}/private`)
        expect([page.status, page.text]).toEqual([200, expect.stringContaining('private page')])
      }
      expect(kids.at(-1)).toBe(expected)
    }

    const [old, ...others] = await servedKids(app)
    expect(others).toEqual([])
    await everyReplicaSignsIn(old)
    expect(await app.rp.rotate()).toBe('keys')
    const [, next] = await servedKids(app)
    for (const replica of apps) expect(await servedKids(replica)).toEqual([old, next])
    await everyReplicaSignsIn(old)
    expect(await app.rp.rotate()).toBe('keys')
    expect(await servedKids(app)).toEqual([old, next])

    pass(FETCHED - 1)
    await watched.rounds()
    await everyReplicaSignsIn(old)
    expect(app.rp.status()).toMatchObject({ generation: 1, nextRotationAt: new Date(Date.now() + 1) })
    pass(1)
    await until(async () => (await watched.record()).current?.generation === 2)
    await watched.rounds()
    await everyReplicaSignsIn(next)
    expect(await servedKids(app)).toEqual([old, next])

    pass(OVERLAP + 1)
    await until(async () => (await servedKids(app)).length === 1)
    expect(await servedKids(app)).toEqual([next])
    await everyReplicaSignsIn(next)
    for (const { rp } of apps) expect(rp.status()).toMatchObject({ generation: 2, lastError: undefined })
  })
})

describe('keys that are served', () => {
  test('are registered by their address, and rotated without another request to the registration', async ({
    provider,
    start,
    watched,
  }) => {
    const relyingParty = { routes, rereadEvery: REREAD }
    const [app] = await startReplicas(start, 1, { store: watched.store, relyingParty })
    const [client] = provider.clients.values()
    expect(client).toMatchObject({ jwks_uri: `${app.url}/jwks.json` })
    expect(client).not.toHaveProperty('jwks')
    await app.rp.rotate()
    pass(FETCHED)
    await until(async () => (await watched.record()).current?.generation === 2)
    pass(OVERLAP + 1)
    await until(async () => (await watched.record()).current?.formerKeys?.length === 0)
    expect([provider.requestsTo('register').length, provider.requestsTo('client')]).toEqual([1, []])
  })

  test('are rotated although the registration can no longer be managed', async ({ provider, start }) => {
    const [app] = await startReplicas(start, 1, { relyingParty: { routes } })
    provider.answer('client', status(401, { error: 'invalid_token' }))
    expect(await app.rp.rotate()).toBe('keys')
    expect(await servedKids(app)).toHaveLength(2)
    expect(provider.clients.size).toBe(1)
  })

  test('go on with a next key after a restart', async ({ start, watched }) => {
    const relyingParty = { routes, rereadEvery: REREAD }
    const [first] = await startReplicas(start, 1, { store: watched.store, relyingParty })
    await first.rp.rotate()
    const [old, next] = await servedKids(first)
    await first.close()
    pass(FETCHED)
    const { fetch, kids } = watchedFetch()
    const [app] = await startReplicas(start, 1, {
      store: watched.store,
      relyingParty: { ...relyingParty, fetch, baseUrl: first.url },
    })
    expect(await servedKids(app)).toEqual([old, next])
    expect(app.rp.status().generation).toBe(1)
    expect(kids.every(kid => kid === old)).toBe(true)
  })

  test('of a schedule are served when it says so, and sign after that', async ({ start, watched }) => {
    const relyingParty = { routes, rereadEvery: REREAD, rotateEvery: 86_400 }
    const [app] = await startReplicas(start, 1, { store: watched.store, relyingParty })
    pass(24 * HOUR)
    await until(async () => (await servedKids(app)).length === 2)
    expect(app.rp.status()).toMatchObject({ generation: 1, nextRotationAt: new Date(Date.now() + FETCHED) })
    await watched.rounds()
    pass(FETCHED)
    await until(() => app.rp.status().generation === 2)
  })

  test('go on signing with the present key for as long as the provider does not accept the next one', async ({
    provider,
    start,
    watched,
    browser,
  }) => {
    provider.keepsFetchedKeys = 2 * FETCHED
    const { fetch, kids } = watchedFetch()
    const relyingParty = { routes, rereadEvery: REREAD, fetch }
    const [app] = await startReplicas(start, 1, { store: watched.store, relyingParty })
    const [old] = await servedKids(app)
    await expectSignIn({ app, browser })
    await app.rp.rotate()
    const [, next] = await servedKids(app)
    for (const signs of [old, next]) {
      pass(FETCHED)
      const probed = kids.length
      await until(() => kids.length > probed)
      await watched.rounds()
      await expectSignIn({ app, browser: new Browser() })
      expect(kids.at(-1)).toBe(signs)
    }
    expect(app.log.filter(line => line.includes('does not accept the next key'))).toEqual([
      expect.stringContaining(`Check that the provider can fetch ${app.url}/jwks.json`),
    ])
    expect([provider.clients.size, app.rp.status().generation]).toEqual([1, 2])
  })
})
