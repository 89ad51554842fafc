import type { CookieOptions } from 'express-session'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import type { TestAppOptions } from '../support/app.ts'
import { chromiumIsMissing, launchChromium } from '../support/browser/chromium.ts'
import { test } from '../support/flow.ts'
import type { ScriptedProvider } from '../support/scripted-provider.ts'
import { addRow } from '../support/trouble/row.ts'

const withCookie = (cookie: CookieOptions): TestAppOptions => ({
  session: { cookie: { path: '/', ...cookie } },
})

/** Removes the cookies from every request: Chromium itself cannot be told to refuse them. */
const withoutCookies: TestAppOptions = {
  before: app => void app.use((req, _res, next) => next(void delete req.headers.cookie)),
}

const NOT_RETURNED = 'ERR_OIDC_SESSION_NOT_RETURNED'

/** Shows a page, as a provider does that asks for a password: what the user clicks there leads away from another site. */
function askFirst(provider: ScriptedProvider): void {
  const usual = provider.usualAnswer('authorize')
  provider.answer('authorize', async (request, response) => {
    if (request.query.has('go')) return await usual(request, response)
    const query = new URLSearchParams([...request.query, ['go', '1']]).toString().replaceAll('&', '&amp;')
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<a href="?${query}">Go on</a>`)
  })
}

/** Counts the redirects that a tab follows. */
function countRedirects(tab: Page): () => number {
  let count = 0
  tab.on('response', response => {
    if (response.status() >= 300 && response.status() < 400) count += 1
  })
  return () => count
}

describe.skipIf(chromiumIsMissing())('Chromium is not sent round in circles', () => {
  test.for([
    ['cookie.secure without https', withCookie({ secure: true }), {}, 2, 500, NOT_RETURNED],
    [
      'cookie.secure behind a proxy that says https',
      withCookie({ secure: true }),
      { 'x-forwarded-proto': 'https' },
      3,
      500,
      NOT_RETURNED,
    ],
    ["cookie.sameSite: 'strict'", withCookie({ sameSite: 'strict' }), {}, 3, 500, NOT_RETURNED],
    ["cookie.sameSite: 'none'", withCookie({ sameSite: 'none' }), {}, 3, 500, NOT_RETURNED],
    ['cookie.domain', withCookie({ domain: 'shop.example' }), {}, 2, 500, NOT_RETURNED],
    ['cookie.maxAge in seconds', withCookie({ maxAge: 1 }), {}, 3, 500, NOT_RETURNED],
    ['no cookies', withoutCookies, {}, 4, 400, 'ERR_OIDC_TRANSACTION_LOST'],
    ['nothing wrong', {}, {}, 3, 200, undefined],
  ] as const)(
    '%s',
    async ([wrong, options, extraHTTPHeaders, redirects, status, code], {
      task,
      provider,
      start,
      onTestFinished,
    }) => {
      askFirst(provider)
      const app = await start(options)
      await app.rp.ready()
      const chromium = await launchChromium()
      onTestFinished(() => chromium.close())
      const tab = await (await chromium.newContext({ extraHTTPHeaders })).newPage()
      const counted = countRedirects(tab)
      const { length } = app.log
      const clickedAway = async () => {
        await tab.getByRole('link', { name: 'Go on' }).click()
        await tab.waitForLoadState()
      }
      const first = await tab.goto(`${app.url}/private`)
      const last = tab.waitForResponse(
        response => response.url().startsWith(app.url) && response.status() === status,
      )
      expect(first?.status()).toBe(200)
      await clickedAway()
      if (wrong === 'no cookies') await clickedAway()
      expect((await last).status()).toBe(status)
      await tab.waitForTimeout(500) // a page that goes on by itself would do so now
      const saw = await tab.locator('h1, body').first().innerText()
      const logged = app.log.slice(length)
      expect([counted(), app.shown()]).toEqual([redirects, status === 200 ? 1 : 0])
      expect(logged).toEqual(code === undefined ? [] : [expect.stringContaining(`(${code}, `)])
      if (code !== undefined)
        addRow(task, {
          wrong: `in Chromium: ${wrong}`,
          saw: saw.split('\n')[0] ?? '',
          logged,
          status,
          code,
          redirects,
        })
    },
  )
})
