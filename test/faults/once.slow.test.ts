import { describe, expect } from 'vitest'
import { Browser } from '../support/browser.ts'
import { codeOf, expectSignIn, reachCallback, test } from '../support/flow.ts'
import { hang, type ScriptedProvider } from '../support/scripted-provider.ts'

const usesOf = (provider: ScriptedProvider, code: string | null): number =>
  provider.requestsTo('token').filter(({ body }) => new URLSearchParams(body).get('code') === code).length

describe('a code', () => {
  test('whose exchange is not answered is sent once, and the next sign-in works', async ({
    provider,
    start,
    browser,
  }) => {
    const app = await start({ relyingParty: { requestTimeout: 1 } })
    const callback = await reachCallback(browser, app)
    provider.answer('token', hang())
    const page = await browser.open(callback.href)
    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'])
    expect(await app.userOf(browser)).toBeNull()
    expect(usesOf(provider, callback.searchParams.get('code'))).toBe(1)
    provider.behave()
    await expectSignIn({ app, browser })
    expect(usesOf(provider, callback.searchParams.get('code'))).toBe(1)
  })
})

describe('a provider that closes connections which the app would use again', () => {
  test('costs no user a second attempt', async ({ provider, app }) => {
    for (let count = 0; count < 10; count += 1) {
      await expectSignIn({ app, browser: new Browser() })
      await provider.stop()
      await provider.start()
    }
  })

  test('while a sign-in is away costs nobody a second attempt', async ({ provider, app }) => {
    for (let count = 0; count < 10; count += 1) {
      const browser = new Browser()
      const callback = await reachCallback(browser, app)
      await provider.stop()
      await provider.start()
      expect((await browser.open(callback.href)).status).toBe(200)
    }
  })
})

describe('an app that is closed', () => {
  test('ends the sign-ins that are under way', async ({ provider, app, browser }) => {
    const callback = await reachCallback(browser, app)
    const usual = provider.usualAnswer('token')
    let close: Promise<void> | undefined
    provider.answer('token', async (request, response) => {
      close = app.rp.close()
      await usual(request, response)
    })
    const page = await browser.open(callback.href)
    expect([page.status, page.url]).toEqual([200, `${app.url}/private`])
    await close
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })
})
