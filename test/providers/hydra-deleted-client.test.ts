import { describe, expect } from 'vitest'
import { locationOf, reachCallback } from '../support/flow.ts'
import { test } from '../support/hydra-flow.ts'

describe('a client that was deleted', () => {
  test('leaves the browser at Hydra, and nobody signed in', async ({ app, hydra, browser }) => {
    await app.rp.ready()
    hydra.clients.clear()
    const page = await browser.open(`${app.url}/private`)
    expect([page.status, new URL(page.url).pathname]).toEqual([500, '/oauth2/fallbacks/error'])
    expect(await app.userOf(browser)).toBeNull()
  })

  test('while somebody signs in is replaced, and the sign-in starts again by itself', async ({
    app,
    hydra,
    browser,
  }) => {
    const callback = await reachCallback(browser, app)
    hydra.clients.clear()
    const page = await browser.open(callback.href)
    expect([page.status, page.url]).toEqual([200, `${app.url}/private`])
    expect(hydra.clients.size).toBe(1)
  })

  test('can still be signed out of', async ({ app, hydra, browser }) => {
    await browser.open(`${app.url}/private`)
    hydra.clients.clear()
    const page = await browser.post(`${app.url}/logout`, {}, { follow: false })
    expect(locationOf(page).origin).toBe(hydra.issuer)
    expect(await app.userOf(browser)).toBeNull()
  })
})
