import { MemoryStore } from 'express-session'
import { describe, expect } from 'vitest'
import { memoryStore, type Store } from '../../../src/index.ts'
import { signIn } from '../../support/browser.ts'
import { pass, stopClock } from '../../support/clock.ts'
import { codeOf, locationOf } from '../../support/flow.ts'
import { test as base } from '../../support/hydra-flow.ts'

stopClock()

interface FragileStore extends Store {
  isAway: boolean
  /** Forgets the tokens of every login. */
  readonly loseTokens: () => Promise<void>
}

const test = base.extend('store', (): FragileStore => {
  const inner = memoryStore()
  const keys = new Set<string>()
  const reach = <Result>(call: () => Promise<Result>): Promise<Result> =>
    store.isAway ? Promise.reject(new Error('the store is away')) : call()
  const store: FragileStore = {
    ...inner,
    isAway: false,
    get: key => reach(() => inner.get(key)),
    set: (key, value, options) => {
      keys.add(key)
      return reach(() => inner.set(key, value, options))
    },
    delete: (key, options) => reach(() => inner.delete(key, options)),
    loseTokens: async () => {
      for (const key of keys) if (key.startsWith('tokens:')) await inner.delete(key)
    },
  }
  return store
})

describe('without an ID token, a sign-out', () => {
  test('goes to Hydra with neither state nor return address', async ({ hydra, start, store, browser }) => {
    const app = await start({ issuer: hydra.issuer, relyingParty: { store } })
    await signIn(browser, `${app.url}/private`)
    expect(await app.userOf(browser)).toMatchObject({ sub: expect.any(String) })
    await store.loseTokens()
    const away = await browser.open(`${app.url}/logout`, { follow: false })
    expect(locationOf(away).href).toBe(`${hydra.issuer}/oauth2/sessions/logout`)
    expect(await app.userOf(browser)).toBeNull()
  })

  test('goes to another provider as this client, with both', async ({ provider, start, store, browser }) => {
    const app = await start({ relyingParty: { store } })
    await browser.open(`${app.url}/private`)
    await store.loseTokens()
    const away = await browser.open(`${app.url}/logout`, { follow: false })
    expect(Object.fromEntries(locationOf(away).searchParams)).toEqual({
      client_id: [...provider.clients.keys()][0],
      post_logout_redirect_uri: `${app.url}/logout/callback`,
      state: expect.any(String),
    })
    expect(await app.userOf(browser)).toBeNull()
  })
})

test.for([0, 31_000])(
  'where the store has been away for %i ms, a sign-out ends the session and says that it could not finish',
  async (away, { provider, start, store, browser }) => {
    const app = await start({ relyingParty: { store } })
    await browser.open(`${app.url}/private`)
    const stolen = await browser.jar.getCookieString(app.url)
    store.isAway = true
    pass(away)
    const page = await browser.open(`${app.url}/logout`, { follow: false })
    expect([page.status, codeOf(page), page.headers.get('retry-after')]).toEqual([
      503,
      'ERR_OIDC_LOGOUT_INCOMPLETE',
      '5',
    ])
    expect(page.text).toContain('This browser is signed out, but the sign-out could not be finished.')
    expect(provider.requestsTo('endSession')).toEqual([])
    expect(await app.userOf(browser)).toBeNull()
    expect(await (await fetch(`${app.url}/me`, { headers: { cookie: stolen } })).json()).toBeNull()

    store.isAway = false
    expect((await browser.open(`${app.url}/private`)).text).toBe('private page of Una User')
  },
)

test('a replica that never reached the store says so too, and has ended the session', async ({
  provider,
  start,
  store,
  browser,
}) => {
  const session = { store: new MemoryStore() }
  const app = await start({ session, relyingParty: { store: memoryStore() } })
  await browser.open(`${app.url}/private`)
  store.isAway = true
  const replica = await start({ session, relyingParty: { store, baseUrl: app.url } })
  const page = await browser.open(`${replica.url}/logout`, { follow: false })
  expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_LOGOUT_INCOMPLETE'])
  expect(provider.requestsTo('endSession')).toEqual([])
  expect(await app.userOf(browser)).toBeNull()
})
