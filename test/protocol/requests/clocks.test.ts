import { describe, expect } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { Browser } from '../../support/browser.ts'
import { pass, stopClock } from '../../support/clock.ts'
import { expectRefusal, expectSignIn, reachCallback } from '../../support/flow.ts'
import { test as base } from '../../support/hydra-flow.ts'
import { LIFE } from '../../support/tokens/token-flow.ts'
import { askToken, tokenRoutes } from '../../support/tokens/token-routes.ts'

stopClock()

const scope = 'openid profile email offline_access'

/** An app that can tell its access token, and gives its tokens back when the user signs out. */
const test = base.extend('app', ({ start, hydra }) =>
  start({
    issuer: hydra.issuer,
    relyingParty: { store: memoryStore(), scope, revokeOnLogout: true },
    after: tokenRoutes,
  }),
)

const DIFFER = [503, 'ERR_OIDC_CLOCKS_DIFFER'] as const

describe('at a provider that tolerates no difference between the clocks', () => {
  test.for([-25, -2, -1, 1, 2, 25])(
    'whose clock is %i s ahead, everything works',
    async (ahead, { hydra, app, browser }) => {
      hydra.clockAhead = ahead
      await expectSignIn({ app, browser })
      pass(LIFE + 1)
      expect((await askToken(app, browser)).status).toBe(200)
      await browser.open(`${app.url}/logout`)
      const asked = [...hydra.requestsTo('token'), ...hydra.requestsTo('revoke')]
      expect(asked.map(({ body }) => new URLSearchParams(body).get('grant_type'))).toEqual([
        'authorization_code',
        'refresh_token',
        null,
        null,
      ])
      expect(app.log.join('\n')).not.toContain('clock')
    },
  )
})

describe('with a clockTolerance of 60 s, at a provider whose clock is', () => {
  const withTolerance = (issuer: string) => ({
    issuer,
    relyingParty: { store: memoryStore(), clockTolerance: 60 },
  })

  test.for([-55, -45, 45, 55])('%i s ahead, users sign in', async (ahead, { hydra, start, browser }) => {
    const app = await start(withTolerance(hydra.issuer))
    hydra.clockAhead = ahead
    await expectSignIn({ app, browser })
    expect(app.log.join('\n')).not.toContain('tolerated')
  })

  test.for([-45, 45])(
    '%i s ahead, a client that is gone is registered again',
    async (ahead, { hydra, start, browser }) => {
      const app = await start(withTolerance(hydra.issuer))
      hydra.clockAhead = ahead
      const callback = await reachCallback(browser, app)
      for (const clientId of hydra.clients.keys()) hydra.deleteClient(clientId)
      await browser.open(callback.href)
      expect(hydra.requestsTo('register')).toHaveLength(2)
      await expectSignIn({ app, browser })
    },
  )

  test.for([-65, 65])(
    '%i s ahead, a client that is gone is not registered again',
    async (ahead, { hydra, start, browser }) => {
      const app = await start(withTolerance(hydra.issuer))
      const callback = await reachCallback(browser, app)
      hydra.clockAhead = ahead
      for (const clientId of hydra.clients.keys()) hydra.deleteClient(clientId)
      await expectRefusal(await browser.open(callback.href), DIFFER, { app, browser })
      expect(app.log.join('\n')).toContain('up to 60 s are tolerated')
      expect(hydra.requestsTo('register')).toHaveLength(1)
    },
  )
})

describe.for([
  [-600, /This machine's clock is (599|600|601) s ahead of the provider's; up to 30 s are tolerated/],
  [600, /This machine's clock is (599|600|601) s behind the provider's; up to 30 s are tolerated/],
] as const)('at a provider whose clock is %i s ahead', ([ahead, sentence]) => {
  test.for(['private_key_jwt', 'client_secret_basic'] as const)(
    'a sign-in by %s is refused, and the clocks are named',
    async (method, { hydra, start, browser }) => {
      const metadata = { token_endpoint_auth_method: method }
      const app = await start({ issuer: hydra.issuer, relyingParty: { metadata } })
      hydra.clockAhead = ahead
      await expectRefusal(await browser.open(`${app.url}/private`), DIFFER, { app, browser })
      expect(app.log.join('\n')).toMatch(sentence)
      expect(hydra.requestsTo('register')).toHaveLength(1)
      expect(hydra.clients.size).toBe(1)
      hydra.clockAhead = 0
      await expectSignIn({ app, browser: new Browser() }) // at Hydra, the other one has a session from the future
    },
  )

  test('a sign-in is refused by the times of its ID token if no answer has a Date', async ({
    hydra,
    start,
    browser,
  }) => {
    for (const endpoint of ['discovery', 'jwks', 'register', 'token'] as const) {
      const answer = hydra.usualAnswer(endpoint)
      hydra.answer(endpoint, (request, response) => {
        response.removeHeader('date')
        response.sendDate = false
        return answer(request, response)
      })
    }
    const metadata = { token_endpoint_auth_method: 'client_secret_basic' }
    const app = await start({ issuer: hydra.issuer, relyingParty: { metadata } })
    hydra.clockAhead = ahead
    await expectRefusal(await browser.open(`${app.url}/private`), DIFFER, { app, browser })
    expect(app.log.join('\n')).toMatch(sentence)
    hydra.clockAhead = 0
    await expectSignIn({ app, browser: new Browser() })
  })

  test('a logout token is refused, and the log names the clocks', async ({ hydra, app, browser }) => {
    await expectSignIn({ app, browser })
    const [sid = ''] = hydra.sessions.keys()
    hydra.clockAhead = ahead
    expect((await new Browser().open(`${app.url}/private`)).status).toBe(503)
    expect((await hydra.deliverLogout(sid)).map(({ answers }) => answers)).toEqual([[400]])
    const line = app.log.find(line => line.includes('logout token'))
    expect(line).toContain('up to 60 s are tolerated')
    expect(line?.replace('up to 60 s', 'up to 30 s')).toMatch(sentence)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })

  test('a refresh fails, names the clocks and ends no login', async ({ hydra, app, browser }) => {
    await expectSignIn({ app, browser })
    hydra.clockAhead = ahead
    pass(LIFE + 1)
    expect(await askToken(app, browser)).toEqual({ status: 503, error: DIFFER[1] })
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    hydra.clockAhead = 0
    pass(60_000)
    expect((await askToken(app, browser)).status).toBe(200)
  })

  test('a client that is refused is not registered again', async ({ hydra, app, browser }) => {
    const other = new Browser()
    const [callback, later] = [await reachCallback(browser, app), await reachCallback(other, app)]
    hydra.clockAhead = ahead
    for (const clientId of hydra.clients.keys()) hydra.deleteClient(clientId)
    await expectRefusal(await browser.open(callback.href), DIFFER, { app, browser })
    expect(app.log.join('\n')).toMatch(sentence)
    expect(hydra.requestsTo('register')).toHaveLength(1)
    hydra.clockAhead = 0
    pass(60_000)
    await other.open(later.href)
    expect(hydra.requestsTo('register')).toHaveLength(2)
    await expectSignIn({ app, browser })
  })
})

describe('an answer that says that it is as old as', () => {
  test.for(['Infinity', '-1000000', '1e6', '2147483648', '', 'long', '5, 5'])(
    '%j seconds tells no time, and a client that is gone is replaced',
    async (age, { hydra, app, browser }) => {
      const callback = await reachCallback(browser, app)
      for (const clientId of hydra.clients.keys()) hydra.deleteClient(clientId)
      const answer = hydra.usualAnswer('token')
      hydra.answer('token', (request, response) => {
        response.setHeader('age', age)
        return answer(request, response)
      })
      const page = await browser.open(callback.href)
      expect([page.status, page.url]).toEqual([200, `${app.url}/private`])
      expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
      expect(hydra.requestsTo('register')).toHaveLength(2)
      expect(app.log.join()).not.toContain('clock')
    },
  )

  test('10 minutes is taken from a cache, and tells the time', async ({ hydra, app, browser }) => {
    hydra.clockAhead = -600
    const answer = hydra.usualAnswer('token')
    hydra.answer('token', (request, response) => {
      response.setHeader('age', '600')
      return answer(request, response)
    })
    await browser.open(`${app.url}/private`)
    expect(await app.userOf(browser)).toBeNull() // its ID token is as old
    expect(app.log.join()).not.toContain('clock')
  })
})
