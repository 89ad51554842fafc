import { setTimeout } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { memoryStore } from '../../../../src/index.ts'
import { Browser } from '../../../support/browser.ts'
import {
  asProgram,
  codeOf,
  expectRefusal,
  expectSignIn,
  locationOf,
  reachCallback,
  test,
} from '../../../support/flow.ts'

const USED = [400, 'ERR_OIDC_TRANSACTION_USED'] as const

describe('a replayed callback', () => {
  test('goes to the return path of a browser that is signed in, and the code is not used', async ({
    provider,
    app,
    browser,
  }) => {
    const url = await reachCallback(browser, app, '/private?tab=2')
    await browser.open(url.href)
    const page = await browser.open(url.href, { follow: false })
    expect([page.status, locationOf(page).href]).toEqual([303, `${app.url}/private?tab=2`])
    expect(provider.requestsTo('token')).toHaveLength(1)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })

  test('is refused when the user has signed out', async ({ provider, app, browser }) => {
    const url = await reachCallback(browser, app)
    await browser.open(url.href)
    await browser.open(`${app.url}/logout`)
    await expectRefusal(await browser.open(url.href), USED, { app, browser })
    expect(provider.requestsTo('token')).toHaveLength(1)
    await expectSignIn({ app, browser })
  })

  test('signs nobody in when it brings the cookies of its first use', async ({ provider, app, browser }) => {
    const url = await reachCallback(browser, app)
    const cookie = await browser.jar.getCookieString(url.href)
    await browser.open(url.href)
    const thief = new Browser({ headers: { cookie } })
    const page = await thief.open(url.href, { follow: false })
    expect([page.status, locationOf(page).pathname]).toEqual([303, '/authorize'])
    expect(await app.userOf(thief)).toBeNull()
    await expectRefusal(await thief.open(url.href, asProgram), USED, { app, browser: thief })
    expect(provider.requestsTo('token')).toHaveLength(1)
  })

  test('is refused after a sign-in that failed, whatever code it brings', async ({
    provider,
    app,
    browser,
  }) => {
    const url = await reachCallback(browser, app)
    const code = url.searchParams.get('code') ?? ''
    url.searchParams.set('code', 'made-up')
    expect(codeOf(await browser.open(url.href))).toBe('ERR_OIDC_CODE_REFUSED')
    url.searchParams.set('code', code)
    await expectRefusal(await browser.open(url.href), USED, { app, browser })
    expect(provider.requestsTo('token')).toHaveLength(1)
    await expectSignIn({ app, browser })
  })

  test('that comes twenty times at once uses the code once and signs in', async ({
    provider,
    start,
    browser,
  }) => {
    const store = memoryStore()
    const slow = async (key: string) => {
      const found = await store.get(key)
      await setTimeout(100) // so that all have looked before the first one writes
      return found
    }
    const app = await start({ relyingParty: { store: { ...store, get: slow } } })
    const url = await reachCallback(browser, app)
    const pages = await Promise.all(Array.from({ length: 20 }, () => browser.open(url.href, asProgram)))
    const answers = pages.map(page => `${page.status} ${codeOf(page) ?? locationOf(page).pathname}`).sort()
    expect(answers).toEqual(['303 /private', ...Array(19).fill('400 ERR_OIDC_TRANSACTION_USED')])
    expect(provider.requestsTo('token')).toHaveLength(1)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })
})
