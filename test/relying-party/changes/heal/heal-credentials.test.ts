import { exportJWK, generateKeyPair } from 'jose'
import { describe, expect } from 'vitest'
import { kidsOf, startReplicas, watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { pass, stopClock, until } from '../../../support/clock.ts'
import { expectSignIn, reachCallback } from '../../../support/flow.ts'
import { test as base } from '../../../support/hydra-flow.ts'
import { takeSecrets } from '../../../support/providers/changed-answers.ts'

stopClock()

const test = base.extend('watched', () => watchedStore())
const SECRET = { token_endpoint_auth_method: 'client_secret_basic' as const }

async function otherKeys(): Promise<object> {
  const { publicKey } = await generateKeyPair('ES256')
  return { keys: [{ ...(await exportJWK(publicKey)), kid: 'of-somebody-else', alg: 'ES256', use: 'sig' }] }
}

describe('what an administrator did', () => {
  test('to the secret is learned where the provider tells it, and the sign-in goes on', async ({
    provider,
    start,
    browser,
  }) => {
    const [app] = await startReplicas(start, 1, { relyingParty: { metadata: SECRET } })
    const callback = await reachCallback(browser, app)
    for (const client of provider.clients.values())
      Object.assign(client, { client_secret: 'changed by hand' })
    expect((await browser.open(callback.href)).url).toBe(`${app.url}/private`)
    await expectSignIn({ app, browser: new Browser() })
    expect(provider.requestsTo('register')).toHaveLength(1)
    expect(app.rp.status().generation).toBe(2)
  })

  test('to the secret at Hydra, which does not tell it, leads to a new client', async ({
    hydra,
    start,
    browser,
  }) => {
    const [app] = await startReplicas(start, 1, { issuer: hydra.issuer, relyingParty: { metadata: SECRET } })
    const callback = await reachCallback(browser, app)
    hydra.adminPatch(app.rp.status().clientId ?? '', { client_secret: 'changed by hand' })
    expect((await browser.open(callback.href)).url).toBe(`${app.url}/private`)
    expect(hydra.requestsTo('register')).toHaveLength(2)
  })

  test('to the secret at Hydra leads to a new client also where the registration can still be read', async ({
    hydra,
    start,
    browser,
  }) => {
    const [app] = await startReplicas(start, 1, { issuer: hydra.issuer, relyingParty: { metadata: SECRET } })
    const callback = await reachCallback(browser, app)
    for (const client of hydra.clients.values()) Object.assign(client, { client_secret: 'changed by hand' })
    expect((await browser.open(callback.href)).url).toBe(`${app.url}/private`)
    await expectSignIn({ app, browser: new Browser() })
    expect(hydra.requestsTo('register')).toHaveLength(2)
  })

  test.for(['the scripted provider', 'Hydra'] as const)(
    'to the keys at %s is repaired by one replacement',
    async (name, { provider, hydra, start, browser }) => {
      const at = name === 'Hydra' ? hydra : provider
      const [app] = await startReplicas(start, 1, { issuer: at.issuer })
      const { clientId = '' } = app.rp.status()
      const [kid] = kidsOf(at.clients.get(clientId)?.jwks)
      const callback = await reachCallback(browser, app)
      Object.assign(at.clients.get(clientId) ?? {}, { jwks: await otherKeys() })
      expect((await browser.open(callback.href)).url).toBe(`${app.url}/private`)
      expect(kidsOf(at.clients.get(clientId)?.jwks)).toEqual([kid])
      expect([at.requestsTo('register').length, at.clients.size]).toEqual([1, 1])
      expect(at.requestsTo('client').filter(({ method }) => method === 'PUT')).toHaveLength(1)
      await expectSignIn({ app, browser: new Browser() })
      expect(app.log.join('\n')).toContain('the registration was repaired')
    },
  )

  test('that voids the registration access token leaves sign-in as it was', async ({ hydra, start }) => {
    const [app] = await startReplicas(start, 1, { issuer: hydra.issuer, relyingParty: { rereadEvery: 0.03 } })
    hydra.adminPatch(app.rp.status().clientId ?? '')
    for (let day = 0; day < 5; day += 1) {
      pass(86_400_000)
      await expectSignIn({ app, browser: new Browser() })
    }
    expect([hydra.requestsTo('register').length, hydra.requestsTo('client').length]).toEqual([1, 0])
    expect(app.rp.status()).toMatchObject({ generation: 1, lastError: undefined })
  })
})

describe('a provider that was restored from an old backup', () => {
  test('that knows neither the token nor the key gets one new client, and the old one is named', async ({
    provider,
    start,
    watched,
    browser,
  }) => {
    const relyingParty = { rereadEvery: 0.03 }
    const [app] = await startReplicas(start, 1, { store: watched.store, relyingParty })
    const backup = structuredClone([...provider.clients])
    await app.rp.rotate()
    pass(120_000)
    await until(() => kidsOf([...provider.clients.values()][0]?.jwks).length === 1)
    await until(async () => (await watched.record()).current?.formerKeys?.length === 0)
    const callback = await reachCallback(browser, app)
    const { clientId } = app.rp.status()
    provider.clients.clear()
    for (const [id, client] of backup) provider.clients.set(id, client)
    const page = await browser.open(callback.href)
    expect([page.status, page.url]).toEqual([200, `${app.url}/private`])
    for (let count = 0; count < 5; count += 1) {
      pass(3_600_000)
      await expectSignIn({ app, browser: new Browser() })
    }
    expect(provider.requestsTo('register')).toHaveLength(2)
    expect(app.log.join('\n')).toContain(String(clientId))
  })

  test('that knows the old secret gets one new client', async ({ provider, start, browser }) => {
    const [app] = await startReplicas(start, 1, { relyingParty: { metadata: SECRET } })
    const backup = structuredClone([...provider.clients])
    takeSecrets(provider)
    expect(await app.rp.rotate()).toBe('secret')
    const callback = await reachCallback(browser, app)
    for (const [id, client] of backup) provider.clients.set(id, client)
    expect((await browser.open(callback.href)).url).toBe(`${app.url}/private`)
    await expectSignIn({ app, browser: new Browser() })
    expect(provider.requestsTo('register')).toHaveLength(2)
  })

  test('from before the app was registered gets a new client', async ({ provider, start, browser }) => {
    const [app] = await startReplicas(start, 1)
    const callback = await reachCallback(browser, app)
    provider.clients.clear()
    expect((await browser.open(callback.href)).url).toBe(`${app.url}/private`)
    expect(provider.clients.size).toBe(1)
  })
})
