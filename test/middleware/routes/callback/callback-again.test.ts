import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect } from 'vitest'
import { Browser, type Page } from '../../../support/browser.ts'
import { codeOf, expectRefusal, locationOf, reachCallback, test } from '../../../support/flow.ts'
import { type ScriptedProvider, status } from '../../../support/scripted-provider.ts'

const UNAVAILABLE = [503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'] as const

const codesOf = (provider: ScriptedProvider): (string | null)[] =>
  provider.requestsTo('token').map(({ body }) => new URLSearchParams(body).get('code'))

/** A port at which nothing listens any more. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** The link "Try again" of an error page leads to the page itself. */
function expectTryAgain(page: Page): void {
  expect(page.text).toMatch(/<a[^>]* href=""[^>]*>Try again</)
  expect(page.headers.get('retry-after')).toMatch(/^\d+$/)
}

describe('a callback while the provider is away', () => {
  test('uses its code later if the provider could not be reached', async ({ provider, app, browser }) => {
    const { href } = await reachCallback(browser, app, '/private?tab=2')
    await provider.stop()
    for (let attempts = 0; attempts < 2; attempts += 1) {
      const page = await browser.open(href)
      await expectRefusal(page, UNAVAILABLE, { app, browser })
      expectTryAgain(page)
    }
    await provider.start()
    const page = await browser.open(href, { follow: false })
    expect([page.status, locationOf(page).href]).toEqual([303, `${app.url}/private?tab=2`])
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    expect(codesOf(provider)).toEqual([new URL(href).searchParams.get('code')])
    expect(provider.requestsTo('authorize')).toHaveLength(1)
  })

  test('starts again on its return path if the code has expired meanwhile', async ({
    provider,
    app,
    browser,
  }) => {
    const { href } = await reachCallback(browser, app, '/private?tab=2')
    await provider.stop()
    await expectRefusal(await browser.open(href), UNAVAILABLE, { app, browser })
    await provider.start()
    const usual = provider.usualAnswer('token')
    provider.answer('token', async (request, response) => {
      const isFirst = provider.requestsTo('token').length === 1
      await (isFirst ? status(400, { error: 'invalid_grant' }) : usual)(request, response)
    })
    const page = await browser.open(href)
    expect([page.status, page.url]).toEqual([200, `${app.url}/private?tab=2`])
    expect(provider.requestsTo('authorize')).toHaveLength(2)
  })

  test('starts again on its return path, with another code, if the first one may have been used', async ({
    provider,
    app,
    browser,
  }) => {
    const { href } = await reachCallback(browser, app, '/private?tab=2')
    provider.answer('token', status(502))
    const page = await browser.open(href)
    await expectRefusal(page, UNAVAILABLE, { app, browser })
    expectTryAgain(page)
    provider.answer('token', undefined)
    const again = await browser.open(href)
    expect([again.status, again.url]).toEqual([200, `${app.url}/private?tab=2`])
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    const codes = codesOf(provider)
    expect([codes.length, new Set(codes).size]).toEqual([2, 2])
  })

  test('does the same after the code was used, when the UserInfo is away', async ({
    provider,
    start,
    browser,
  }) => {
    const app = await start({ relyingParty: { userInfo: { required: true } } })
    const { href } = await reachCallback(browser, app, '/private?tab=2')
    provider.answer('userinfo', status(503))
    const page = await browser.open(href)
    expect([page.status >= 500, codeOf(page)]).toEqual([true, 'ERR_OIDC_USER_INFO_UNAVAILABLE'])
    expect(await app.userOf(browser)).toBeNull()
    provider.answer('userinfo', undefined)
    const again = await browser.open(href)
    expect([again.status, again.url]).toEqual([200, `${app.url}/private?tab=2`])
    const codes = codesOf(provider)
    expect([codes.length, new Set(codes).size]).toEqual([2, 2])
  })

  test('sends no code twice when an address other than the token endpoint cannot be reached', async ({
    provider,
    start,
    browser,
  }) => {
    const { origin } = new URL(provider.issuer)
    const unreachable = { userinfo_endpoint: `${origin.replace(/:\d+$/, '')}:${await closedPort()}/userinfo` }
    const app = await start({ relyingParty: { endpoints: unreachable } })
    const { href } = await reachCallback(browser, app, '/private?tab=2')
    expect(codeOf(await browser.open(href))).toBe('ERR_OIDC_USER_INFO_UNAVAILABLE')
    expect(codeOf(await browser.open(href))).toBe('ERR_OIDC_USER_INFO_UNAVAILABLE')
    expect(await app.userOf(browser)).toBeNull()
    const codes = codesOf(provider)
    expect([codes.length, new Set(codes).size]).toEqual([2, 2])
  })

  test('signs no other browser in, and stays usable in its own', async ({ provider, app, browser }) => {
    const { href } = await reachCallback(browser, app)
    await provider.stop()
    await expectRefusal(await browser.open(href), UNAVAILABLE, { app, browser })
    await provider.start()
    const thief = new Browser()
    const page = await thief.open(href, { follow: false })
    expect([page.status, locationOf(page).pathname]).toEqual([303, '/authorize'])
    expect(await app.userOf(thief)).toBeNull()
    expect(codesOf(provider)).toEqual([])
    expect((await browser.open(href)).url).toBe(`${app.url}/private`)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })
})
