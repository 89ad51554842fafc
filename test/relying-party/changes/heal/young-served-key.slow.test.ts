import { describe, expect } from 'vitest'
import { startReplicas, watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { pass, stopClock, until } from '../../../support/clock.ts'
import { expectRefusal, expectSignIn, test } from '../../../support/flow.ts'
import { type ScriptedProvider, status } from '../../../support/scripted-provider.ts'

stopClock()

const HOUR = 3_600_000
/** A provider has fetched the keys by then. */
const FETCHED = 65 * 60_000
const REREAD = 0.05
const REFUSED = [503, 'ERR_OIDC_CLIENT_REFUSED'] as const

const routes = { jwks: '/jwks.json' } as const

describe('a young key that the provider refuses', () => {
  async function refusedAtOneNode(provider: ScriptedProvider, start: Parameters<typeof startReplicas>[0]) {
    const watched = watchedStore()
    const relyingParty = { routes, rereadEvery: REREAD }
    const [app] = await startReplicas(start, 1, { store: watched.store, relyingParty })
    const browser = new Browser()
    await expectSignIn({ app, browser })
    const [[clientId, before] = []] = provider.fetchedKeys
    await app.rp.rotate()
    pass(FETCHED)
    await until(async () => (await watched.record()).current?.generation === 2)
    await watched.idle()
    provider.keepsFetchedKeys = HOUR
    if (clientId === undefined || before === undefined)
      throw new Error('The provider has not fetched the keys.')
    provider.fetchedKeys.set(clientId, { ...before, at: Date.now() })
    provider.answer('client', status(401, { error: 'invalid_token' }))
    return { app, watched }
  }

  test('leads to no other client, and works once the provider has fetched it', async ({
    provider,
    start,
  }) => {
    const { app } = await refusedAtOneNode(provider, start)
    const browser = new Browser()
    await expectRefusal(await browser.open(`${app.url}/private`), REFUSED, { app, browser })
    expect(app.log.join('\n')).toMatch(
      /whose present key it may not have fetched yet\. Check that it can fetch http:.*\/jwks\.json/,
    )
    expect(provider.requestsTo('register')).toHaveLength(1)
    pass(HOUR)
    await expectSignIn({ app, browser })
    expect(provider.requestsTo('register')).toHaveLength(1)
  })

  test('leads to another client if it is young no longer', async ({ provider, start }) => {
    const { app } = await refusedAtOneNode(provider, start)
    provider.keepsFetchedKeys = 2 * FETCHED
    pass(FETCHED)
    await expectSignIn({ app, browser: new Browser() })
    expect(provider.requestsTo('register')).toHaveLength(2)
  })

  test('leads to another client if the provider has forgotten this one', async ({ provider, start }) => {
    const { app } = await refusedAtOneNode(provider, start)
    provider.clients.clear()
    await expectSignIn({ app, browser: new Browser() })
    expect(provider.clients.size).toBe(1)
  })

  test('of a registration that can be managed is blamed on the address of the keys', async ({
    provider,
    start,
    browser,
  }) => {
    const [app] = await startReplicas(start, 1, { relyingParty: { routes } })
    provider.keepsFetchedKeys = HOUR
    provider.fetchedKeys.set(app.rp.status().clientId ?? '', { keys: { keys: [] }, at: Date.now() })
    await expectRefusal(await browser.open(`${app.url}/private`), REFUSED, { app, browser })
    expect(app.log.join('\n')).toMatch(/and refuses its key\. Check that it can fetch http:.*\/jwks\.json/)
    expect(provider.clients.size).toBe(1)
    pass(HOUR)
    await expectSignIn({ app, browser })
  })
})
