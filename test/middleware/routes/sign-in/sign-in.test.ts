import { createHash } from 'node:crypto'
import { describe, expect } from 'vitest'
import { startProvider } from '../../../../examples/provider/provider.ts'
import { Browser, signIn } from '../../../support/browser.ts'
import { expectSignIn, locationOf, reachCallback, test } from '../../../support/flow.ts'

describe('a sign-in', () => {
  test('ends on the page that was asked for', async ({ provider, app, browser }) => {
    const page = await browser.open(`${app.url}/private?tab=2&q=a%20b`)
    expect(page.url).toBe(`${app.url}/private?tab=2&q=a%20b`)
    expect(page.text).toBe('private page of Una User')
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1', iss: provider.issuer })
  })

  test.for([
    ['/private?x=1', '/private?x=1'],
    ['', '/'],
    ['https://evil.example/', '/'],
    ['//evil.example', '/'],
    ['/login', '/'],
  ] as const)('that starts at /login?returnTo=%s ends on %s', async ([returnTo, end], { app, browser }) => {
    const page = await browser.open(`${app.url}/login?returnTo=${encodeURIComponent(returnTo)}`)
    expect(page.url).toBe(app.url + end)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })

  test('works five times at once in one browser, each ending on its own page', async ({
    provider,
    app,
    browser,
  }) => {
    const urls = [1, 2, 3, 4, 5].map(tab => `${app.url}/private?tab=${tab}`)
    const pages = await Promise.all(urls.map(url => browser.open(url)))
    expect(pages.map(({ status, url }) => [status, url])).toEqual(urls.map(url => [200, url]))
    expect(provider.requestsTo('authorize')).toHaveLength(5)
    expect(provider.requestsTo('token')).toHaveLength(5)
  })

  test('of five that were begun can be ended in any order', async ({ provider, app, browser }) => {
    const callbacks: [string, URL][] = []
    for (const tab of [1, 2, 3, 4, 5]) {
      const path = `/private?tab=${tab}`
      callbacks.push([app.url + path, await reachCallback(browser, app, path)])
    }
    for (const [end, callback] of callbacks.reverse())
      expect((await browser.open(callback.href)).url).toBe(end)
    expect(provider.requestsTo('token')).toHaveLength(5)
  })

  test('shows no token to the browser, the session or the app', async ({ provider, start, browser }) => {
    const secrets: string[] = []
    provider.tokenResponse = body => {
      secrets.push(String(body.access_token), String(body.refresh_token), String(body.id_token))
      return body
    }
    const app = await start({ relyingParty: { scope: 'openid offline_access' } })
    const callback = await reachCallback(browser, app)
    const page = await browser.open(callback.href)
    const shown = [page.text, [...page.headers].join(), await browser.jar.getCookieString(app.url)]
    const seen = [...shown, JSON.stringify(await app.userOf(browser)), app.log.join()].join('\n')
    expect(secrets.filter(secret => secret.length > 20)).toHaveLength(3)
    for (const secret of secrets) expect(seen).not.toContain(secret)
    expect(seen).not.toContain(callback.searchParams.get('code'))
  })

  test('is answered with pages that nobody keeps', async ({ app, browser }) => {
    const login = await browser.open(`${app.url}/login`, { follow: false })
    const authorize = await browser.open(locationOf(login).href, { follow: false })
    const callback = await browser.open(locationOf(authorize).href, { follow: false })
    const logout = await browser.open(`${app.url}/logout`, { follow: false })
    const after = await browser.open(`${app.url}/logout/callback`, { follow: false })
    for (const page of [login, callback, logout, after]) {
      expect([page.url, page.status, page.headers.get('cache-control')]).toEqual([page.url, 303, 'no-store'])
    }
  })
})

describe('an authorization request', () => {
  test('carries what the sign-in is checked by, each parameter once', async ({ provider, app, browser }) => {
    await expectSignIn({ app, browser })
    const [request] = provider.requestsTo('authorize')
    const [client] = provider.clients.values()
    expect(client).toMatchObject({ redirect_uris: [`${app.url}/callback`], scope: 'openid profile email' })
    const sent = [...(request?.query ?? [])]
    expect(sent).toHaveLength(8)
    expect(Object.fromEntries(sent)).toEqual({
      client_id: client?.client_id,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      nonce: expect.stringMatching(/^[\w-]{43,}$/),
      redirect_uri: `${app.url}/callback`,
      response_type: 'code',
      scope: 'openid profile email',
      state: expect.stringMatching(/^[\w-]{43,}$/),
    })
    const verifier = new URLSearchParams(provider.requestsTo('token')[0]?.body).get('code_verifier') ?? ''
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    expect(request?.query.get('code_challenge')).toBe(challenge)
  })

  test('is fresh for every sign-in', async ({ provider, app, browser }) => {
    for (let count = 0; count < 3; count++) await reachCallback(browser, app)
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(new Set(provider.requestsTo('authorize').map(({ query }) => query.get(name))).size).toBe(3)
    }
  })

  const foreign = {
    client_id: 'evil',
    redirect_uri: 'https://evil.example/',
    response_type: 'token',
    response_mode: 'fragment',
    scope: 'openid admin',
    state: 'evil',
    nonce: 'evil',
    code_challenge: 'evil',
    code_challenge_method: 'plain',
  }

  test('takes nothing from the query of /login', async ({ app, browser }) => {
    const query = new URLSearchParams({ ...foreign, prompt: 'none', acr_values: 'evil' })
    const page = await browser.open(`${app.url}/login?${query.toString()}`, { follow: false })
    const sent = [...locationOf(page).searchParams]
    expect(sent).toHaveLength(8)
    expect(sent.join()).not.toMatch(/evil|fragment|plain|token|admin|none/)
  })

  test('takes more parameters from the options', async ({ start, browser }) => {
    const app = await start({ relyingParty: { authorizationParameters: { ui_locales: 'de' } } })
    const page = await browser.open(`${app.url}/login`, { follow: false })
    const sent = [...locationOf(page).searchParams]
    expect(sent).toContainEqual(['ui_locales', 'de'])
    expect(sent).toHaveLength(9)
    await expectSignIn({ app, browser })
  })

  test.for([...Object.keys(foreign), 'request', 'request_uri'])(
    'takes no %s from the app',
    async (name, { start, browser }) => {
      const authorizationParameters = { [name]: 'evil' }
      await expect(start({ relyingParty: { authorizationParameters } })).rejects.toMatchObject({
        code: 'ERR_OIDC_INVALID_OPTION',
        message: expect.stringContaining(`options.authorizationParameters.${name} `),
      })
      const errors: unknown[] = []
      const app = await start({
        after: app =>
          void app.get('/step-up', (req, res) =>
            req.oidc.login({ authorizationParameters }).catch(error => res.json(errors.push(error))),
          ),
      })
      const page = await browser.open(`${app.url}/step-up`, { follow: false })
      expect([page.status, errors]).toEqual([
        200,
        [expect.objectContaining({ code: 'ERR_OIDC_INVALID_OPTION' })],
      ])
      await expectSignIn({ app, browser })
    },
  )
})

describe('at a real provider, a user', () => {
  test('signs in, and comes back without being asked again', async ({ start, onTestFinished }) => {
    const provider = await startProvider()
    onTestFinished(() => provider.close())
    const app = await start({ issuer: provider.issuer })
    const browser = new Browser()
    const page = await signIn(browser, `${app.url}/private?tab=2`)
    expect([page.url, page.text]).toEqual([`${app.url}/private?tab=2`, 'private page of Alice Liddell'])
    expect(await app.userOf(browser)).toMatchObject({
      iss: provider.issuer,
      sub: 'alice',
      email: 'alice@example.com',
      roles: ['admin'],
    })
    await browser.jar.removeAllCookies()
    expect(await app.userOf(browser)).toBeNull()
    expect((await signIn(browser, `${app.url}/private`)).text).toBe('private page of Alice Liddell')
  })

  test('who declines is told so, and can sign in later', async ({ start, onTestFinished }) => {
    const provider = await startProvider()
    onTestFinished(() => provider.close())
    const app = await start({ issuer: provider.issuer })
    const browser = new Browser()
    const login = await browser.open(`${app.url}/private`)
    const consent = await browser.submit(login, { login: 'bob', password: 'builder' })
    const page = await browser.submit(consent, { decision: 'deny' })
    expect([page.status, page.text]).toEqual([403, expect.stringContaining('ERR_OIDC_ACCESS_DENIED')])
    expect(await app.userOf(browser)).toBeNull()
    expect((await signIn(browser, `${app.url}/private`)).text).toBe('private page of Bob Builder')
  })
})
