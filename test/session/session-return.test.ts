import { describe, expect } from 'vitest'
import { attemptSilentLogin } from '../../src/index.ts'
import type { TestApp } from '../support/app.ts'
import { test as twoProviders } from '../support/apps/two-providers.ts'
import type { Browser } from '../support/browser.ts'
import { pass, stopClock } from '../support/clock.ts'
import { codeOf, expectSignIn, reachCallback, test } from '../support/flow.ts'
import { logOut } from '../support/logout.ts'

const LOST = 'ERR_OIDC_SESSION_NOT_RETURNED'
const MARK = /^oidc-signed-in\./

const marks = async (browser: Browser, { url }: { readonly url: string }): Promise<string[]> =>
  (await browser.cookies(url)).filter(name => MARK.test(name))

/** Completes a sign-in, and does not open the page where it ends. */
async function completeSignIn(browser: Browser, app: TestApp): Promise<void> {
  const page = await browser.open((await reachCallback(browser, app)).href, { follow: false })
  expect(page.status).toBe(303)
  expect(await marks(browser, app)).toHaveLength(1)
}

/** Loses the cookie of the session, but no other. */
async function loseSession({ jar }: Browser, { url }: { readonly url: string }): Promise<void> {
  await jar.setCookie('connect.sid=; Path=/; Max-Age=0', url)
}

stopClock()

describe('a sign-in after one that was just completed', () => {
  test('is refused once if the session did not come back, then made', async ({ provider, app, browser }) => {
    await completeSignIn(browser, app)
    await loseSession(browser, app)
    const page = await browser.open(`${app.url}/private`)
    expect([page.status, codeOf(page), page.url]).toEqual([500, LOST, `${app.url}/private`])
    expect(page.text).toContain('The session of this site does not come back from your browser')
    expect(provider.requestsTo('authorize')).toHaveLength(1)
    expect(await marks(browser, app)).toEqual([])
    await expectSignIn({ app, browser })
  })

  test('at /login is refused too', async ({ app, browser }) => {
    await completeSignIn(browser, app)
    await loseSession(browser, app)
    expect(codeOf(await browser.open(`${app.url}/login`))).toBe(LOST)
  })

  test('is made when two minutes have passed', async ({ app, browser }) => {
    await completeSignIn(browser, app)
    await loseSession(browser, app)
    pass(121_000)
    await expectSignIn({ app, browser })
  })

  test('is made after a sign-out, even if no page has seen the session', async ({ app, browser }) => {
    await completeSignIn(browser, app)
    await browser.open(`${app.url}/logout`)
    expect(await app.userOf(browser)).toBeNull()
    await expectSignIn({ app, browser })
  })

  test('is made after the provider has ended the login', async ({ provider, app, browser }) => {
    await completeSignIn(browser, app)
    expect(await logOut(provider, app, { sub: 'user-1' })).toBe(200)
    pass(2_000) // a login of the same second would count as ended
    expect(await marks(browser, app)).toHaveLength(1)
    await expectSignIn({ app, browser })
  })

  test('is made after the app has ended the session itself', async ({ start, browser }) => {
    const app = await start({
      after: routes => {
        routes.get('/end', (req, res) => req.session.destroy(() => void res.send('ended')))
      },
    })
    await completeSignIn(browser, app)
    await browser.open(`${app.url}/end`)
    expect(await app.userOf(browser)).toBeNull()
    await expectSignIn({ app, browser })
  })

  test('is made after the app has taken the login out of the session', async ({ start, browser }) => {
    const app = await start({
      before: routes => {
        routes.use((req, _res, next) => {
          if (req.path === '/end') delete req.session.oidc
          next()
        })
      },
    })
    await completeSignIn(browser, app)
    await browser.open(`${app.url}/end`)
    await expectSignIn({ app, browser })
  })

  test('is made after rp.sessions has ended the login', async ({ app, browser }) => {
    await completeSignIn(browser, app)
    await app.rp.sessions.endAll('user-1')
    await expectSignIn({ app, browser })
  })
})

describe('the mark of a sign-in', () => {
  test('is gone when the session has come back, and says nothing to its reader', async ({ app, browser }) => {
    await completeSignIn(browser, app)
    const [mark] = (await browser.jar.getCookies(app.url)).filter(({ key }) => MARK.test(key))
    expect(mark).toMatchObject({ httpOnly: true, sameSite: 'lax', maxAge: 120 })
    expect(Buffer.from(mark?.value ?? '', 'base64url').toString('latin1')).not.toContain('user-1')
    await browser.open(`${app.url}/private`)
    expect(await browser.cookies(app.url)).toEqual(['connect.sid'])
  })

  test('that was made up counts for nothing', async ({ app, browser }) => {
    await completeSignIn(browser, app)
    const [name] = await marks(browser, app)
    await browser.jar.removeAllCookies()
    await browser.jar.setCookie(`${name}=made.up; Path=/`, app.url)
    await expectSignIn({ app, browser })
  })
})

describe('a silent attempt', () => {
  test('after a sign-in whose session was lost shows the page and says so in the log', async ({
    provider,
    start,
    browser,
  }) => {
    const app = await start({ after: routes => void routes.use(attemptSilentLogin()) })
    await app.rp.ready()
    await completeSignIn(browser, app)
    await loseSession(browser, app)
    const { length } = app.log
    expect((await browser.open(`${app.url}/`)).text).toBe('public')
    expect(app.log.slice(length)).toEqual([expect.stringContaining(`(${LOST}, reference `)])
    expect(codeOf(await browser.open(`${app.url}/login`))).toBe(LOST)
    expect(provider.requestsTo('authorize')).toHaveLength(1)
    await expectSignIn({ app, browser })
  })
})

twoProviders('a sign-in at another provider is made', async ({ startTwo, browser }) => {
  const app = await startTwo()
  await browser.open(`${app.url}/a/login`)
  await browser.open(`${app.url}/b/login`)
  expect(await app.seenBy(browser)).toMatchObject({ name: 'Una at B' })
  await browser.open(`${app.url}/a/login`)
  expect(await app.seenBy(browser)).toMatchObject({ name: 'Una at A' })
})
