import { describe, expect } from 'vitest'
import { Browser } from '../../support/browser.ts'
import { pass, setClock, stopClock } from '../../support/clock.ts'
import {
  asProgram,
  expectRefusal,
  expectSignIn,
  locationOf,
  reachCallback,
  test,
} from '../../support/flow.ts'

const LOST = [400, 'ERR_OIDC_TRANSACTION_LOST'] as const
const MINUTE = 60_000

stopClock()

describe('a callback whose transaction is gone', () => {
  test('starts the sign-in again, once, on the start page', async ({ provider, app, browser }) => {
    const url = await reachCallback(browser, app)
    await browser.jar.removeAllCookies()
    const page = await browser.open(url.href)
    expect([page.status, page.url]).toEqual([200, `${app.url}/`])
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    expect(provider.requestsTo('authorize')).toHaveLength(2)
    expect(provider.requestsTo('token')).toHaveLength(1)
  })

  test('is refused the second time', async ({ provider, app, browser }) => {
    const url = await reachCallback(browser, app)
    await browser.jar.removeAllCookies()
    const restarted = locationOf(await browser.open(url.href, { follow: false }))
    const again = locationOf(await browser.open(restarted.href, { follow: false }))
    await browser.jar.removeAllCookies()
    await expectRefusal(await browser.open(again.href, asProgram), LOST, { app, browser })
    expect(provider.requestsTo('token')).toHaveLength(0)
    await expectSignIn({ app, browser })
  })

  test('leads a browser that keeps no cookies to a page, not round in a circle', async ({
    provider,
    app,
    browser,
  }) => {
    browser.jar.setCookie = () => Promise.resolve(undefined)
    const page = await browser.open(`${app.url}/private`)
    await expectRefusal(page, LOST, { app, browser })
    expect(page.text).toContain('check that your browser accepts cookies')
    expect(provider.requestsTo('authorize')).toHaveLength(2)
    expect(provider.requestsTo('token')).toHaveLength(0)
  })

  test('leaves the login that is there', async ({ provider, app, browser }) => {
    await expectSignIn({ app, browser })
    const other = new Browser()
    const url = await reachCallback(other, app)
    const page = await browser.open(url.href, { follow: false })
    expect([page.status, locationOf(page).href]).toEqual([303, `${app.url}/`])
    expect(provider.requestsTo('token')).toHaveLength(1)
  })

  test('because it belongs to another browser signs nobody in, and the owner of it can', async ({
    provider,
    app,
    browser,
  }) => {
    const owner = new Browser()
    const url = await reachCallback(owner, app)
    const page = await browser.open(url.href, { follow: false })
    expect([page.status, locationOf(page).pathname]).toEqual([303, '/authorize'])
    expect(locationOf(page).searchParams.get('state')).not.toBe(url.searchParams.get('state'))
    expect(await app.userOf(browser)).toBeNull()
    expect(provider.requestsTo('token')).toHaveLength(0)
    expect((await owner.open(url.href)).url).toBe(`${app.url}/private`)
  })
})

describe('a callback whose transaction is too old', () => {
  test('starts the sign-in again on its own return path', async ({ provider, app, browser }) => {
    const url = await reachCallback(browser, app, '/private?tab=2')
    setClock(10 * MINUTE + 1_000)
    const page = await browser.open(url.href)
    expect([page.status, page.url]).toEqual([200, `${app.url}/private?tab=2`])
    expect(provider.requestsTo('authorize')).toHaveLength(2)
    expect(provider.requestsTo('token')).toHaveLength(1)
  })

  test('is refused if it was a second try', async ({ provider, app, browser }) => {
    const url = await reachCallback(browser, app)
    setClock(10 * MINUTE + 1_000)
    const restarted = locationOf(await browser.open(url.href, { follow: false }))
    const again = locationOf(await browser.open(restarted.href, { follow: false }))
    setClock(10 * MINUTE + 1_000)
    await expectRefusal(await browser.open(again.href), LOST, { app, browser })
    expect(provider.requestsTo('token')).toHaveLength(0)
  })

  test('is taken until the last second', async ({ provider, app, browser }) => {
    const url = await reachCallback(browser, app)
    pass(10 * MINUTE - 5_000)
    expect((await browser.open(url.href)).url).toBe(`${app.url}/private`)
    expect(provider.requestsTo('authorize')).toHaveLength(1)
  })
})

describe('a transaction cookie', () => {
  test.for([
    ['header', 0],
    ['initialization vector', 2],
    ['ciphertext', 3],
    ['tag', 4],
  ] as const)('that was changed in its %s is not used', async ([, part], { provider, app, browser }) => {
    const url = await reachCallback(browser, app)
    const [cookie] = (await browser.jar.getCookies(url.href)).filter(({ key }) => key.startsWith('oidc.'))
    const parts = (cookie?.value ?? '').split('.')
    parts[part] = flipped(parts[part] ?? '')
    await browser.jar.setCookie(`${cookie?.key}=${parts.join('.')}; Path=/`, app.url)

    const page = await browser.open(url.href, { follow: false })
    expect([page.status, locationOf(page).pathname]).toEqual([303, '/authorize'])
    expect(await app.userOf(browser)).toBeNull()
    expect(provider.requestsTo('token')).toHaveLength(0)
    await expectSignIn({ app, browser })
  })

  test('of another sign-in is not used, even under the right name', async ({ provider, app, browser }) => {
    await reachCallback(browser, app, '/private?one')
    const [one] = await browser.jar.getCookies(app.url)
    const url = await reachCallback(browser, app, '/private?two')
    const two = (await browser.jar.getCookies(app.url)).find(({ key }) => key !== one?.key)
    await browser.jar.setCookie(`${two?.key}=${one?.value}; Path=/`, app.url)
    const page = await browser.open(url.href, { follow: false })
    expect(locationOf(page).pathname).toBe('/authorize')
    expect(provider.requestsTo('token')).toHaveLength(0)
  })

  test('that a sibling domain has added under the same name does not get in the way', async ({
    app,
    browser,
  }) => {
    const url = await reachCallback(browser, app)
    const own = await browser.jar.getCookieString(url.href)
    const name = own.slice(0, own.indexOf('='))
    const page = await browser.open(url.href, {
      headers: { cookie: `${name}=planted; ${own}` },
      follow: false,
    })
    expect(locationOf(page).href).toBe(`${app.url}/private`)
  })
})

function flipped(text: string): string {
  const middle = Math.floor(text.length / 2)
  return text.slice(0, middle) + (text[middle] === 'A' ? 'B' : 'A') + text.slice(middle + 1)
}
