import { describe, expect } from 'vitest'
import type { TestApp } from '../../../support/app.ts'
import { Browser } from '../../../support/browser.ts'
import { test as base, expectSignIn, locationOf } from '../../../support/flow.ts'
import { parametersOf, redirect } from '../../../support/scripted-provider/exchange.ts'
import type { Answer, ScriptedProvider } from '../../../support/scripted-provider.ts'

const OTHER = 'https://other.example'

/** As Amazon Cognito does (providers.md). */
const dropState: Answer = (request, response) =>
  redirect(response, 302, parametersOf(request).get('post_logout_redirect_uri') ?? '')

const test = base
  .extend('forgetful', ({ provider }): ScriptedProvider => {
    provider.answer('endSession', dropState)
    return provider
  })
  /** Signs in and starts a sign-out, which stays at the provider: the address there. */
  .extend('leave', ({ browser }) => {
    return async (app: TestApp, returnTo: string): Promise<string> => {
      expect((await browser.open(`${app.url}/private`)).status).toBe(200)
      const page = await browser.post(`${app.url}/logout`, { returnTo }, { follow: false })
      expect(page.status).toBe(303)
      return locationOf(page).href
    }
  })

const pending = async (browser: Browser, { url }: TestApp): Promise<number> =>
  (await browser.cookies(url)).filter(name => name.startsWith('oidc-logout.')).length

describe('a provider that does not send the state back', () => {
  test('comes back to the return path, once', async ({ forgetful, app, browser, leave }) => {
    expect(await pending(browser, app)).toBe(0)
    const left = await leave(app, '/me?a=b')
    expect(await pending(browser, app)).toBe(1)
    expect((await browser.open(left)).url).toBe(`${app.url}/me?a=b`)
    expect(await pending(browser, app)).toBe(0)
    expect((await browser.open(left)).url).toBe(`${app.url}/`)
    expect(forgetful.requestsTo('endSession')).toHaveLength(2)
  })

  test('comes back to it after a form', async ({ forgetful, start, browser }) => {
    const app = await start({ relyingParty: { logoutRequest: 'form' } })
    await browser.open(`${app.url}/private`)
    const page = await browser.submit(await browser.post(`${app.url}/logout`, { returnTo: '/me' }))
    expect([page.url, forgetful.requestsTo('endSession').length]).toEqual([`${app.url}/me`, 1])
  })

  test('comes back to the start page in another browser, and signs nobody out', async ({
    forgetful,
    app,
    browser,
    leave,
  }) => {
    const left = await leave(app, '/me')
    const other = new Browser()
    await expectSignIn({ app, browser: other })
    expect((await other.open(left)).url).toBe(`${app.url}/`)
    expect(await app.userOf(other)).toMatchObject({ sub: 'user-1' })
    expect(forgetful.requestsTo('endSession')).toHaveLength(1)
    expect((await browser.open(left)).url).toBe(`${app.url}/me`)
  })
})

describe('two sign-outs side by side', () => {
  test('end each on its own return path', async ({ app, browser, leave }) => {
    const first = await leave(app, '/me?tab=1')
    const second = await leave(app, '/me?tab=2')
    expect(await pending(browser, app)).toBe(2)
    expect((await browser.open(first)).url).toBe(`${app.url}/me?tab=1`)
    expect((await browser.open(second)).url).toBe(`${app.url}/me?tab=2`)
    expect(await pending(browser, app)).toBe(0)
  })

  test('do not take the return path of the other one if the provider does not say which has ended', async ({
    forgetful,
    app,
    browser,
    leave,
  }) => {
    const tabs = [await leave(app, '/me?tab=1'), await leave(app, '/me?tab=2')]
    for (const tab of tabs) expect((await browser.open(tab)).url).toBe(`${app.url}/`)
    expect(await pending(browser, app)).toBe(2)
    expect(forgetful.requestsTo('endSession')).toHaveLength(2)
  })

  test('end on the return path that both have', async ({ forgetful, app, browser, leave }) => {
    const tabs = [await leave(app, '/me'), await leave(app, '/me')]
    for (const tab of tabs) expect((await browser.open(tab)).url).toBe(`${app.url}/me`)
    expect((await browser.open(String(tabs[0]))).url).toBe(`${app.url}/`)
    expect(forgetful.requestsTo('endSession')).toHaveLength(3)
  })
})

describe('the logout callback', () => {
  test('signs nobody out if another site opens it', async ({ app, browser, leave }) => {
    await leave(app, '/me')
    await expectSignIn({ app, browser })
    const page = await browser.open(`${app.url}/logout/callback`, { from: OTHER })
    expect(page.url).toBe(`${app.url}/me`)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })

  test('takes no address from a request', async ({ app, browser, leave }) => {
    await leave(app, '/me')
    const page = await browser.open(`${app.url}/logout/callback?returnTo=${OTHER}/`, { follow: false })
    expect(locationOf(page).href).toBe(`${app.url}/me`)
  })

  test('knows only cookies that the app has sealed', async ({ app, browser, leave }) => {
    await leave(app, '/me')
    const [own] = (await browser.jar.getCookies(app.url)).filter(({ key }) => key.startsWith('oidc-logout.'))
    const stranger = new Browser()
    for (const cookie of [`${own?.key}x=${own?.value}`, `${own?.key}=made-up`])
      await stranger.jar.setCookie(cookie, app.url)
    expect((await stranger.open(`${app.url}/logout/callback`)).url).toBe(`${app.url}/`)
    await stranger.jar.setCookie(`${own?.key}=${own?.value}`, app.url)
    expect((await stranger.open(`${app.url}/logout/callback`)).url).toBe(`${app.url}/me`)
  })

  test('forgets the oldest sign-outs when their cookies would be too large together', async ({
    app,
    browser,
    leave,
  }) => {
    const path = (tab: number): string => `/me?tab=${tab}&${'a'.repeat(700)}`
    const tabs: string[] = []
    for (const tab of [1, 2, 3, 4, 5]) tabs.push(await leave(app, path(tab)))
    expect(await pending(browser, app)).toBe(3)
    expect((await browser.jar.getCookieString(app.url)).length).toBeLessThan(4_500)
    const ends: string[] = []
    for (const tab of tabs) ends.push((await browser.open(tab)).url.slice(app.url.length))
    expect(ends).toEqual(['/', '/', path(3), path(4), path(5)])
  })
})
