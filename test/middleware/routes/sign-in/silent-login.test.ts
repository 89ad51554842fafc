import { describe, expect } from 'vitest'
import { attemptSilentLogin } from '../../../../src/index.ts'
import { asProgram, expectRefusal, expectSignIn, locationOf } from '../../../support/flow.ts'
import { status } from '../../../support/scripted-provider.ts'
import { ANONYMOUS, attempts, shopOf, test } from '../../../support/sign-in/silent-login.ts'
import { toldEvents } from '../../../support/told-events.ts'

describe('a silent sign-in', () => {
  test('signs in who is signed in at the provider, and comes back to the page', async ({
    app,
    browser,
    script,
  }) => {
    script.outcome = undefined
    expect(await shopOf(browser, app)).toBe('200 /shop?page=2 for Una User')
    expect(script.asked).toEqual(['none'])
  })

  test.for([
    'login_required',
    'interaction_required',
    'consent_required',
    'account_selection_required',
    'access_denied',
    'server_error',
    'request_forbidden',
  ])(
    'that ends with %s comes back to the page, and tries no more',
    async (outcome, { app, browser, script }) => {
      script.outcome = outcome
      const events = toldEvents()
      for (let count = 0; count < 3; count += 1) expect(await shopOf(browser, app)).toBe(ANONYMOUS)
      expect(script.asked).toEqual(['none'])
      expect(await app.userOf(browser)).toBeNull()
      const failed = events.filter(({ name }) => name === 'login.silent-failed')
      expect(failed).toMatchObject([{ message: { error: { error: outcome } } }])
      expect(events.filter(({ name }) => name === 'request.failed')).toEqual([])
    },
  )

  test('whose code or UserInfo fails shows no error page', async ({ provider, app, browser, script }) => {
    script.outcome = undefined
    provider.answer('userinfo', status(500))
    expect(await shopOf(browser, app)).toBe(ANONYMOUS)
    expect(await app.userOf(browser)).toBeNull()
    expect(app.log.join('\n')).toContain('A silent sign-in failed')
  })

  test('leaves the usual one as it is', async ({ app, browser, script }) => {
    await shopOf(browser, app)
    script.outcome = undefined
    await expectSignIn({ app, browser })
    expect(script.asked).toEqual(['none', null])
  })

  test('does not follow a sign-out', async ({ app, browser, script }) => {
    script.outcome = undefined
    await expectSignIn({ app, browser })
    await browser.open(`${app.url}/logout`)
    expect(await shopOf(browser, app)).toBe(ANONYMOUS)
    expect(attempts(script)).toBe(0)
  })

  test('is tried again when the browser was closed', async ({ app, browser, script }) => {
    const page = await browser.open(`${app.url}/shop`, { follow: false })
    expect(page.headers.get('set-cookie')).toMatch(
      /(^|, )oidc-silent\.[\w-]{8}=tried; Path=\/; HttpOnly; SameSite=Lax(,|$)/,
    )
    expect(await shopOf(browser, app)).toBe(ANONYMOUS)
    expect(attempts(script)).toBe(0)
    await browser.jar.removeAllCookies()
    expect(await shopOf(browser, app)).toBe(ANONYMOUS)
    expect(attempts(script)).toBe(1)
  })
})

describe('a browser that keeps no cookies', () => {
  test('comes to a page of ours, and then reads on without being sent round', async ({
    app,
    browser,
    script,
  }) => {
    browser.jar.setCookie = () => Promise.resolve(undefined)
    const page = await browser.open(`${app.url}/shop`)
    expect([page.status, locationOf(page).pathname]).toEqual([200, '/callback'])
    expect(page.text).toContain(`<meta http-equiv="refresh" content="0;url=${app.url}/">`)
    for (let count = 0; count < 3; count += 1) expect(await shopOf(browser, app, page.url)).toBe(ANONYMOUS)
    expect(attempts(script)).toBe(1)
    const headers = { accept: 'text/html', referer: `${app.url}/` } // of a browser without Fetch Metadata
    const old = await fetch(`${app.url}/shop`, { headers: { ...headers }, redirect: 'manual' })
    expect([old.status, await old.text()]).toEqual([200, 'for visitors'])
  })

  test('is told from one that does by its second page', async ({ app, browser, script }) => {
    expect(await shopOf(browser, app, `${app.url}/`)).toBe(ANONYMOUS)
    expect(attempts(script)).toBe(0)
    script.outcome = undefined
    expect(await shopOf(browser, app, `${app.url}/`)).toBe('200 /shop?page=2 for Una User')
  })
})

describe('req.oidc.login with prompt none', () => {
  test('comes back anonymous too', async ({ start, browser, script }) => {
    const app = await start({
      after: app =>
        void app.get('/silent', (req, _res, next) => {
          req.oidc.login({ returnTo: '/', authorizationParameters: { prompt: 'none' } }).catch(next)
        }),
    })
    expect((await browser.open(`${app.url}/silent`)).url).toBe(`${app.url}/`)
    expect(script.asked).toEqual(['none'])
  })

  test('ends a second time where it ended before', async ({ app, browser, script }) => {
    const start = await browser.open(`${app.url}/shop`, { follow: false })
    const answer = locationOf(await browser.open(locationOf(start).href, { follow: false }))
    for (let count = 0; count < 2; count += 1)
      expect(locationOf(await browser.open(answer.href, { follow: false })).href).toBe(`${app.url}/shop`)
    expect(attempts(script)).toBe(1)
  })

  test('for every sign-in is refused', async ({ start }) => {
    const relyingParty = { authorizationParameters: { prompt: 'none' } }
    await expect(start({ relyingParty })).rejects.toMatchObject({
      code: 'ERR_OIDC_INVALID_OPTION',
      message: expect.stringContaining('options.authorizationParameters.prompt'),
    })
  })
})

test('without the middleware in front it says so', async ({ start, browser }) => {
  const app = await start({ before: app => void app.get('/early', attemptSilentLogin()) })
  const page = await browser.open(`${app.url}/early`)
  expect([page.status, page.text.includes('ERR_OIDC_MIDDLEWARE_MISSING')]).toEqual([500, false])
  await expectRefusal(
    await browser.open(`${app.url}/private?x`, asProgram),
    [401, 'ERR_OIDC_UNAUTHENTICATED'],
    {
      app,
      browser,
    },
  )
})
