import { describe, expect } from 'vitest'
import type { Browser } from '../../support/browser.ts'
import { expectSignIn, locationOf, reachCallback, test } from '../../support/flow.ts'

const begun = async (browser: Browser, url: string): Promise<string[]> =>
  (await browser.cookies(url)).filter(name => name.startsWith('oidc.'))

describe('the cookies of a sign-in', () => {
  test('on http and loopback are HttpOnly and Lax, under plain names', async ({ app, browser }) => {
    const page = await browser.open(`${app.url}/login`, { follow: false })
    const [cookie, ...others] = page.headers.getSetCookie()
    expect(others).toEqual([])
    expect(cookie).toMatch(
      /^oidc\.[\w-]{8}\.[\w-]{12}=[\w.-]+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax$/,
    )
  })

  test('on https are bound to this host and Secure', async ({ start, browser }) => {
    const app = await start({ relyingParty: { baseUrl: 'https://app.example' } })
    const page = await browser.open(`${app.url}/login`, { follow: false })
    const [cookie, ...others] = page.headers.getSetCookie()
    expect(others).toEqual([])
    expect(cookie).toMatch(
      /^__Host-oidc\.[\w-]{8}\.[\w-]{12}=[\w.-]+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure$/,
    )
    expect(locationOf(page).searchParams.get('redirect_uri')).toBe('https://app.example/callback')
  })

  test('say nothing to whoever reads them', async ({ app, browser }) => {
    const page = await browser.open(`${app.url}/login?returnTo=/private`, { follow: false })
    const [header, ...rest] = page.headers.getSetCookie().join().split(/[=;]/)[1]?.split('.') ?? []
    expect(JSON.parse(Buffer.from(header ?? '', 'base64url').toString())).toEqual({
      alg: 'dir',
      enc: 'A256GCM',
    })
    const { searchParams } = locationOf(page)
    const text = rest.map(part => Buffer.from(part, 'base64url').toString('latin1')).join()
    for (const secret of ['private', searchParams.get('state'), searchParams.get('nonce')])
      expect(text).not.toContain(secret)
  })

  test('are gone when it is over', async ({ app, browser }) => {
    await expectSignIn({ app, browser })
    expect(await browser.cookies(app.url)).toEqual(['connect.sid'])
  })

  test('are at most eight, those of the newest', async ({ provider, app, browser }) => {
    const oldest = await reachCallback(browser, app, '/private?oldest')
    for (let tab = 0; tab < 7; tab++) await reachCallback(browser, app, `/private?${tab}`)
    expect(await begun(browser, app.url)).toHaveLength(8)
    const newest = [
      await reachCallback(browser, app, '/private?9'),
      await reachCallback(browser, app, '/private?10'),
    ]
    expect((await begun(browser, app.url)).length).toBeLessThanOrEqual(8)
    for (const [index, callback] of newest.entries()) {
      expect((await browser.open(callback.href)).url).toBe(`${app.url}/private?${index + 9}`)
    }
    await browser.open(`${app.url}/logout`)
    expect(locationOf(await browser.open(oldest.href, { follow: false })).pathname).toBe('/authorize')
    expect(provider.requestsTo('token')).toHaveLength(2)
  })

  test('stay below 8 KB together, however long the return paths are', async ({ app, browser }) => {
    for (let tab = 0; tab < 6; tab++) await reachCallback(browser, app, `/private?${tab}${'x'.repeat(1_900)}`)
    const last = await reachCallback(browser, app, '/private?last')
    expect((await browser.jar.getCookieString(app.url)).length).toBeLessThan(8_192)
    expect((await browser.open(last.href)).url).toBe(`${app.url}/private?last`)
  })

  test('that do not open are the first to go when there is no room', async ({ app, browser }) => {
    await reachCallback(browser, app)
    const [prefix = ''] = /^oidc\.[\w-]{8}\./.exec((await begun(browser, app.url))[0] ?? '') ?? []
    await browser.jar.setCookie(`${prefix}planted=x; Path=/`, app.url)
    await browser.jar.setCookie('theme=dark; Path=/', app.url)
    await reachCallback(browser, app)
    expect(await browser.cookies(app.url)).toEqual(expect.arrayContaining(['theme', `${prefix}planted`]))
    for (let count = 0; count < 6; count += 1) await reachCallback(browser, app)
    const names = await browser.cookies(app.url)
    expect(names).toContain('theme')
    expect(names).not.toContain(`${prefix}planted`)
    expect(await begun(browser, app.url)).toHaveLength(8)
    await expectSignIn({ app, browser })
  })

  test('of two apps on one host leave room for each other', async ({ start, app, browser }) => {
    const other = await start()
    const first = await reachCallback(browser, app, '/private?first')
    for (let tab = 0; tab < 9; tab += 1) await reachCallback(browser, other)
    expect((await browser.open(first.href)).url).toBe(`${app.url}/private?first`)
  })

  test("of two apps on one host stay below 8 KB together, and none drops the other's", async ({
    start,
    app,
    browser,
  }) => {
    const other = await start()
    const long = 'x'.repeat(1_900)
    const first = await reachCallback(browser, app, `/private?first${long}`)
    for (let tab = 0; tab < 4; tab += 1) await reachCallback(browser, other, `/private?${tab}${long}`)
    const last = await reachCallback(browser, other, '/private?last')
    expect((await browser.jar.getCookieString(app.url)).length).toBeLessThan(8_400)
    expect((await browser.open(first.href)).url).toBe(`${app.url}/private?first${long}`)
    expect((await browser.open(last.href)).url).toBe(`${other.url}/private?last`)
  })
})
