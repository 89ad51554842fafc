import { describe, expect } from 'vitest'
import { codeOf, expectSignIn, locationOf, reachCallback, test } from '../../support/flow.ts'

/** What browsers and front-end libraries send with a request that the user has not asked for yet. */
const prefetches = [
  ['Chromium and Firefox', { 'sec-purpose': 'prefetch' }],
  ['Chromium that prerenders', { 'sec-purpose': 'prefetch;prerender' }],
  ['Chromium by way of its own proxy', { 'sec-purpose': 'prefetch;anonymous-client-ip' }],
  ['older Chromium, Inertia, Remix', { purpose: 'prefetch' }],
  ['Safari', { purpose: 'preview' }],
  ['older Safari, and browsers inside other apps', { 'x-purpose': 'preview' }],
  ['older Firefox', { 'x-moz': 'prefetch' }],
  ['Turbo', { 'x-sec-purpose': 'prefetch' }],
  ['Next.js', { 'next-router-prefetch': '1' }],
  ['Next.js, segment by segment', { 'next-router-segment-prefetch': '/_tree' }],
  ['Next.js with pages', { 'x-middleware-prefetch': '1' }],
  ['htmx', { 'hx-preloaded': 'true' }],
  ['something that writes it in capitals', { Purpose: 'Prefetch' }],
] as const

describe.each(prefetches)('a prefetch of %s', (_, headers) => {
  test('neither signs out, nor uses a code, nor starts a sign-in', async ({ provider, app, browser }) => {
    const callback = await reachCallback(browser, app)
    for (const path of ['/logout', '/login', callback.href.slice(app.url.length)]) {
      const page = await browser.open(app.url + path, { headers, from: app.url, follow: false })
      expect([page.status, page.text, page.headers.getSetCookie()]).toEqual([503, '', []])
    }
    const guarded = await browser.open(`${app.url}/private`, { headers, follow: false })
    expect([guarded.status, codeOf(guarded)]).toEqual([401, 'ERR_OIDC_UNAUTHENTICATED'])
    expect(provider.requestsTo('token')).toHaveLength(0)

    expect((await browser.open(callback.href)).url).toBe(`${app.url}/private`)
    await browser.open(`${app.url}/logout`, { headers, from: app.url })
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    expect(provider.requestsTo('endSession')).toHaveLength(0)
  })
})

test.for([
  ['an address that is typed', undefined],
  ['a purpose that is no prefetch', { 'sec-purpose': 'navigation', purpose: '' }],
] as const)('%s signs in', async ([, headers], { app, browser }) => {
  const page = await browser.open(`${app.url}/login`, { ...(headers && { headers }), follow: false })
  expect([page.status, locationOf(page).pathname]).toEqual([303, '/authorize'])
  await expectSignIn({ app, browser })
})
