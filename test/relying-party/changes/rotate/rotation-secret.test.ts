import { describe, expect } from 'vitest'
import { startProvider } from '../../../../examples/provider/provider.ts'
import { deliver, startReplicas, watchedStore } from '../../../support/apps/replicas.ts'
import { Browser, signIn } from '../../../support/browser.ts'
import { stopClock } from '../../../support/clock.ts'
import { expectSignIn, reachCallback } from '../../../support/flow.ts'
import { test as base } from '../../../support/hydra-flow.ts'
import { newSecret, takeSecrets } from '../../../support/providers/changed-answers.ts'

stopClock()

const test = base.extend('watched', () => watchedStore())
const relyingParty = { metadata: { token_endpoint_auth_method: 'client_secret_basic' as const } }

describe('a rotation by secret', () => {
  test('takes the secret that was recorded before it was sent, where the provider takes it', async ({
    provider,
    start,
    watched,
  }) => {
    const [app] = await startReplicas(start, 1, { store: watched.store, relyingParty })
    const [before] = [...provider.clients.values()].map(client => client.client_secret)
    const wanted: string[] = []
    takeSecrets(provider, secret => {
      wanted.push(secret)
      return secret
    })
    expect(await app.rp.rotate()).toBe('secret')
    const [after] = [...provider.clients.values()].map(client => client.client_secret)
    expect(after).not.toBe(before)
    expect(wanted).toEqual([after])
    expect(String(after)).toMatch(/^[\w-]{43}$/)
    const { current } = await watched.record()
    expect(current).toMatchObject({ generation: 2, granted: { client_secret: after } })
    expect(current).not.toHaveProperty('nextSecret')
    await expectSignIn({ app, browser: new Browser() })
    expect(provider.clients.size).toBe(1)
  })

  test('takes the one that the provider answers with', async ({ provider, start, watched }) => {
    const [app] = await startReplicas(start, 1, { store: watched.store, relyingParty })
    takeSecrets(provider, newSecret)
    expect(await app.rp.rotate()).toBe('secret')
    await expectSignIn({ app, browser: new Browser() })
    expect(provider.clients.size).toBe(1)
    expect((await watched.record()).current?.granted.client_secret).toMatch(/^issued /)
  })

  test('has the wanted secret in the store when the request arrives', async ({
    provider,
    start,
    watched,
  }) => {
    const [app] = await startReplicas(start, 1, { store: watched.store, relyingParty })
    const usual = takeSecrets(provider)
    const recorded: unknown[] = []
    provider.answer('client', async (request, response) => {
      if (request.method === 'PUT') {
        const { current } = await watched.record()
        recorded.push([current?.nextSecret, JSON.parse(request.body).client_secret])
      }
      return usual(request, response)
    })
    await app.rp.rotate()
    const [[stored, sent] = []] = recorded as unknown[][]
    expect(stored).toBe(sent)
    expect(stored).toEqual(expect.any(String))
  })

  test('where the provider answers with the old secret is no rotation: the next way is taken', async ({
    provider,
    start,
  }) => {
    const [app] = await startReplicas(start, 1, { relyingParty })
    const [client] = provider.clients.values()
    takeSecrets(provider, () => String(client?.client_secret))
    expect(await app.rp.rotate()).toBe('replacement')
    await expectSignIn({ app, browser: new Browser() })
  })

  test('refused by Hydra is not asked for again, and a new client takes its place', async ({
    hydra,
    start,
  }) => {
    const [app] = await startReplicas(start, 1, { issuer: hydra.issuer, relyingParty })
    for (const clients of [2, 3]) {
      expect(await app.rp.rotate()).toBe('replacement')
      expect(hydra.clients.size).toBe(clients)
      expect(hydra.requestsTo('client').map(({ method }) => method)).toEqual(['GET', 'PUT'])
      await expectSignIn({ app, browser: new Browser() })
    }
  })

  test('refused by oidc-provider is not asked for again, and a new client takes its place', async ({
    start,
    onTestFinished,
  }) => {
    const local = await startProvider()
    onTestFinished(() => local.close())
    const [app] = await startReplicas(start, 1, { issuer: local.issuer, relyingParty })
    for (const registered of [2, 3]) {
      expect(await app.rp.rotate()).toBe('replacement')
      const made = local.requests.filter(({ method, path }) => method === 'POST' && path === '/reg')
      expect(made).toHaveLength(registered)
      expect(local.requests.filter(({ method }) => method === 'PUT').map(({ status }) => status)).toEqual([
        400,
      ])
      expect((await signIn(new Browser(), `${app.url}/private`)).text).toContain('private page of Alice')
    }
  })

  test('makes another replica read again and try once more, and the user is signed in', async ({
    provider,
    start,
    browser,
  }) => {
    const apps = await startReplicas(start, 2, { relyingParty })
    const [one, other] = apps
    takeSecrets(provider)
    const callback = await reachCallback(browser, one)
    expect(await one.rp.rotate()).toBe('secret')
    const before = provider.requestsTo('token').length
    const page = await deliver(browser, callback, other)
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('private page')])
    expect(provider.requestsTo('token').slice(before)).toHaveLength(2)
    expect(provider.requestsTo('register')).toHaveLength(1)
    expect(other.rp.status().generation).toBe(2)
  })

  test('ten times in a row fails no sign-in that was begun before', async ({ provider, start }) => {
    const [one, other] = await startReplicas(start, 2, { relyingParty })
    takeSecrets(provider)
    for (let round = 1; round <= 10; round += 1) {
      const browser = new Browser()
      const callback = await reachCallback(browser, one)
      expect(await one.rp.rotate()).toBe('secret')
      expect((await deliver(browser, callback, round % 2 ? other : one)).status).toBe(200)
    }
    expect(provider.clients.size).toBe(1)
  })
})
