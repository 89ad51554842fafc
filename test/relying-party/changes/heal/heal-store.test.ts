import { describe, expect } from 'vitest'
import { memoryStore } from '../../../../src/index.ts'
import { deliver, startReplicas, watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { pass, stopClock, until } from '../../../support/clock.ts'
import { codeOf, expectSignIn, reachCallback, test as scripted } from '../../../support/flow.ts'

stopClock()

const test = scripted.extend('watched', () => watchedStore())

describe('a store that was wiped', () => {
  test('while the app runs gets the record back, and nothing is registered', async ({
    provider,
    start,
    watched,
  }) => {
    const [app] = await startReplicas(start, 1, { store: watched.store, relyingParty: { rereadEvery: 0.03 } })
    const before = await watched.record()
    await watched.wipe()
    await until(async () => (await watched.record()).current !== undefined)
    expect(await watched.record()).toEqual({ ...before, id: expect.any(String), before: expect.any(Array) })
    await expectSignIn({ app, browser: new Browser() })
    const [next] = await startReplicas(start, 1, { store: watched.store, relyingParty: { baseUrl: app.url } })
    expect(next.rp.status().clientId).toBe(app.rp.status().clientId)
    expect(provider.requestsTo('register')).toHaveLength(1)
  })

  test('while the app runs lets a replica that starts afterwards end what another has begun', async ({
    start,
    watched,
    browser,
  }) => {
    const options = { store: watched.store, relyingParty: { rereadEvery: 0.03 } }
    const [one] = await startReplicas(start, 1, options)
    await expectSignIn({ app: one, browser: new Browser() })
    await watched.wipe()
    await until(async () => (await watched.record()).current !== undefined)
    const other = await start({
      relyingParty: { ...options.relyingParty, store: watched.store, name: 'app', baseUrl: one.url },
    })
    const callback = await reachCallback(browser, one)
    const page = await browser.open(new URL(callback.pathname + callback.search, other.url).href, {
      follow: false,
    })
    expect([page.status, codeOf(page)]).toEqual([303, undefined])
  })

  test('between two starts leads to a new client, and a sign-in that works', async ({
    provider,
    start,
    watched,
  }) => {
    const [app] = await startReplicas(start, 1, { store: watched.store })
    await app.close()
    await watched.wipe()
    const [next] = await startReplicas(start, 1, { store: watched.store })
    await expectSignIn({ app: next, browser: new Browser() })
    expect(provider.requestsTo('register')).toHaveLength(2)
  })
})

describe('a record that cannot be read any more', () => {
  test('while the app runs is reported, registers nothing, and is used again when it is repaired', async ({
    provider,
    start,
  }) => {
    const inner = memoryStore()
    let broken = false
    const store = {
      ...inner,
      async get(key: string) {
        const stored = await inner.get(key)
        return stored && broken && key.startsWith('client:') ? { ...stored, value: '{"format":1' } : stored
      },
    }
    const [app] = await startReplicas(start, 1, { store, relyingParty: { rereadEvery: 0.03 } })
    broken = true
    await until(() => app.rp.status().lastError?.code === 'ERR_OIDC_STORE_CORRUPT')
    expect(app.rp.status().lastError?.message).toMatch(
      /cannot be read\. Restore it from a backup, or remove it/,
    )
    expect(app.log.filter(sentence => sentence.includes('cannot be read'))).toHaveLength(1)
    broken = false
    await until(() => app.rp.status().lastError === undefined)
    await expectSignIn({ app, browser: new Browser() })
    expect(provider.requestsTo('register')).toHaveLength(1)
  })
})

describe('a store that can no longer be written', () => {
  test('gets no registration when the client is gone, and one when it can be written again', async ({
    provider,
    start,
    browser,
  }) => {
    const inner = memoryStore()
    let isFull = false
    const set: typeof inner.set = (key, value, options) =>
      isFull ? Promise.reject(new Error('ENOSPC: no space left on device')) : inner.set(key, value, options)
    const [app] = await startReplicas(start, 1, { store: { ...inner, set } })
    await expectSignIn({ app, browser })
    const other = new Browser()
    const callback = await reachCallback(other, app)
    provider.clients.clear()
    isFull = true
    const page = await deliver(other, callback, app)
    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_STORE_UNAVAILABLE'])
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    expect(provider.requestsTo('register')).toHaveLength(1)
    isFull = false
    expect((await deliver(other, callback, app)).status).toBe(200)
    expect(provider.requestsTo('register')).toHaveLength(2)
  })

  test('gets no rotation: the credentials stay', async ({ provider, start }) => {
    const inner = memoryStore()
    let isFull = false
    const set: typeof inner.set = (key, value, options) =>
      isFull ? Promise.reject(new Error('ENOSPC: no space left on device')) : inner.set(key, value, options)
    const relyingParty = { rereadEvery: 0.03, rotateEvery: 3_600 }
    const [app] = await startReplicas(start, 1, { store: { ...inner, set }, relyingParty })
    isFull = true
    await expect(app.rp.rotate()).rejects.toMatchObject({ code: 'ERR_OIDC_STORE_UNAVAILABLE' })
    pass(3_600_000)
    await until(() => app.rp.status().lastError?.message.includes('no space left') ?? false)
    expect(provider.requestsTo('client')).toHaveLength(0)
    isFull = false
    await until(() => app.rp.status().generation === 2)
    await expectSignIn({ app, browser: new Browser() })
  })
})
