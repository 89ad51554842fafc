import { describe, expect } from 'vitest'
import type { TestAppOptions } from '../../../support/app.ts'
import type { Browser, Page } from '../../../support/browser.ts'
import { pass, stopClock } from '../../../support/clock.ts'
import { locationOf, test } from '../../../support/flow.ts'

const asked = { login_hint: 'una', acr_values: 'gold', max_age: '60', ui_locales: 'de' }
const MINUTE = 60_000

stopClock()

/** Mounts a page that signs in with parameters of its own. */
function signInAt(parameters: Readonly<Record<string, string>>): TestAppOptions {
  return {
    after: app =>
      void app.get('/sign-in', (req, _res, next) => {
        const options = { returnTo: '/private', authorizationParameters: parameters }
        req.oidc.login(options).catch(next)
      }),
  }
}

async function reachAnswer(browser: Browser, url: string): Promise<URL> {
  const start = await browser.open(`${url}/sign-in`, { follow: false })
  return locationOf(await browser.open(locationOf(start).href, { follow: false }))
}

/** What the authorization request says of itself that this page redirects to. */
function parametersOf(page: Page): Record<string, string> {
  const sent = Object.fromEntries(locationOf(page).searchParams)
  return Object.fromEntries(Object.keys(asked).flatMap(name => (sent[name] ? [[name, sent[name]]] : [])))
}

describe('the parameters of one sign-in', () => {
  test('are asked again when it took too long', async ({ start, browser }) => {
    const app = await start(signInAt(asked))
    const answer = await reachAnswer(browser, app.url)
    pass(11 * MINUTE)
    const again = await browser.open(answer.href, { follow: false })
    expect(parametersOf(again)).toEqual(asked)
    const page = await browser.open(locationOf(again).href)
    expect([page.status, page.url]).toEqual([200, `${app.url}/private`])
  })

  test('are asked again when the provider had lost it', async ({ start, browser }) => {
    const app = await start(signInAt(asked))
    const answer = await reachAnswer(browser, app.url)
    answer.searchParams.delete('code')
    answer.searchParams.set('error', 'request_forbidden')
    expect(parametersOf(await browser.open(answer.href, { follow: false }))).toEqual(asked)
  })

  test('are asked again when its client was replaced', async ({ provider, start, browser }) => {
    const app = await start(signInAt(asked))
    const answer = await reachAnswer(browser, app.url)
    provider.clients.clear()
    const again = await browser.open(answer.href, { follow: false })
    expect(parametersOf(again)).toEqual(asked)
    expect((await browser.open(locationOf(again).href)).url).toBe(`${app.url}/private`)
  })

  test('are unknown without its cookie, as its return path is', async ({ start, browser }) => {
    const app = await start(signInAt(asked))
    const answer = await reachAnswer(browser, app.url)
    await browser.jar.removeAllCookies()
    const again = await browser.open(answer.href, { follow: false })
    expect([locationOf(again).pathname, parametersOf(again)]).toEqual(['/authorize', {}])
    expect((await browser.open(locationOf(again).href)).url).toBe(`${app.url}/`)
  })

  test('do not make its cookie larger than browsers keep', async ({ start, browser }) => {
    const long = { login_hint: 'x'.repeat(5_000) }
    const app = await start(signInAt(long))
    const begun = await browser.open(`${app.url}/sign-in`, { follow: false })
    expect(locationOf(begun).searchParams.get('login_hint')).toBe(long.login_hint)
    for (const cookie of await browser.jar.getCookies(app.url))
      expect(cookie.key.length + cookie.value.length).toBeLessThan(4_096)
    expect((await browser.open(locationOf(begun).href)).url).toBe(`${app.url}/private`)
  })

  test('are not those of the next one', async ({ start, browser }) => {
    const app = await start(signInAt(asked))
    await browser.open(`${app.url}/sign-in`, { follow: false })
    expect(parametersOf(await browser.open(`${app.url}/private`, { follow: false }))).toEqual({})
  })
})
