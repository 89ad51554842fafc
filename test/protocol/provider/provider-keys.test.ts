import { setTimeout } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { startApp } from '../../support/app.ts'
import { Browser } from '../../support/browser.ts'
import { pass, stopClock } from '../../support/clock.ts'
import { codeOf, expectRefusal, expectSignIn, test } from '../../support/flow.ts'
import { logoutToken, postLogout } from '../../support/logout/tokens.ts'
import { html, json, redirectTo, status } from '../../support/scripted-provider.ts'

const UNAVAILABLE = [503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'] as const
const INVALID = [400, 'ERR_OIDC_ID_TOKEN_INVALID'] as const
const MINUTE = 60_000

stopClock()

describe("the provider's keys", () => {
  test('are fetched once for many sign-ins', async ({ provider, app }) => {
    for (let count = 0; count < 10; count++) await expectSignIn({ app, browser: new Browser() })
    expect(provider.requestsTo('jwks')).toHaveLength(1)
  })

  test('are fetched once for sign-ins that end at the same time', async ({ provider, app }) => {
    const usual = provider.usualAnswer('jwks')
    provider.answer('jwks', async (request, response) => {
      await setTimeout(300)
      return usual(request, response)
    })
    await Promise.all(Array.from({ length: 8 }, () => expectSignIn({ app, browser: new Browser() })))
    expect(provider.requestsTo('jwks')).toHaveLength(1)
  })

  test('may be replaced right after they were fetched, without overlap', async ({
    provider,
    app,
    browser,
  }) => {
    await expectSignIn({ app, browser })
    await provider.rotateKeys()
    await expectSignIn({ app, browser: new Browser() })
    expect(provider.requestsTo('jwks')).toHaveLength(2)
  })

  test('that were withdrawn verify nothing after ten minutes', async ({ provider, app, browser }) => {
    await provider.rotateKeys({ keepOld: true })
    await expectSignIn({ app, browser: new Browser() })
    provider.answer('jwks', json({ keys: provider.keys.slice(1) }))
    await expectSignIn({ app, browser: new Browser() })
    pass(11 * MINUTE)
    await expectRefusal(await browser.open(`${app.url}/private`), INVALID, { app, browser })
  })

  test.for([
    ['down', status(503)],
    ['answering HTML', html()],
    ['empty', json({ keys: [] })],
    ['no JWK Set', json([])],
  ] as const)(
    'still verify, when known, while their endpoint is %s',
    async ([, answer], { provider, app }) => {
      await expectSignIn({ app, browser: new Browser() })
      provider.answer('jwks', answer)
      pass(11 * MINUTE)
      await expectSignIn({ app, browser: new Browser() })
      expect(provider.requestsTo('jwks')).toHaveLength(2)
    },
  )

  test.for([
    ['down', status(503)],
    ['answering HTML', html()],
    ['empty', json({ keys: [] })],
  ] as const)(
    'refuse nothing for good that an unknown one has signed, while their endpoint is %s',
    async ([, answer], { provider, app, browser }) => {
      await expectSignIn({ app, browser })
      await provider.rotateKeys()
      provider.answer('jwks', answer)
      const token = await logoutToken(provider, { sub: 'user-1' })
      const early = await postLogout(app, token)
      expect([early.status, early.headers.get('retry-after')]).toEqual([503, '5'])
      const other = new Browser()
      await expectRefusal(await other.open(`${app.url}/private`), UNAVAILABLE, { app, browser: other })

      provider.answer('jwks', undefined)
      await expectSignIn({ app, browser: other })
      expect((await postLogout(app, token)).status).toBe(200)
      expect(await app.userOf(browser)).toBeNull()
    },
  )

  test('are not used for more than a day while their endpoint is down', async ({
    provider,
    app,
    browser,
  }) => {
    await expectSignIn({ app, browser: new Browser() })
    provider.answer('jwks', status(503))
    pass(24 * 60 * MINUTE + 1_000)
    await expectRefusal(await browser.open(`${app.url}/private`), UNAVAILABLE, { app, browser })

    provider.answer('jwks', undefined)
    pass(MINUTE)
    await expectSignIn({ app, browser })
  })

  test.for([
    ['down', status(500), 'HTTP 500'],
    ['answering HTML', html(), 'the answer is not a JWK Set'],
    ['redirecting', redirectTo('http://127.0.0.1/elsewhere'), 'a redirect'],
    [
      'without a key for signatures',
      json({ keys: [{ kty: 'oct', k: 'AAAA' }, { kty: 'RSA', use: 'enc' }, null, 7] }),
      'the JWK Set holds no key for signatures',
    ],
  ] as const)(
    'refuse every sign-in, and name address and reason, while unknown and %s',
    async (row, { provider, app, browser }) => {
      provider.answer('jwks', row[1])
      const page = await browser.open(`${app.url}/private`)
      await expectRefusal(page, UNAVAILABLE, { app, browser })
      expect(page.headers.get('retry-after')).toMatch(/^\d+$/)
      const sentence = app.log.find(line =>
        line.includes(`keys could not be read from ${provider.issuer}/jwks`),
      )
      expect(sentence).toContain(row[2])
    },
  )

  test('are read from an address whose query no log line shows', async ({ provider, browser }) => {
    const endpoints = { jwks_uri: `${provider.issuer}/jwks?key=private-9` }
    const app = await startApp(provider.issuer, { relyingParty: { endpoints } })
    provider.answer('jwks', status(500))
    await expectRefusal(await browser.open(`${app.url}/private`), UNAVAILABLE, { app, browser })
    expect(app.log.join()).toContain(`could not be read from ${provider.issuer}/jwks:`)
    expect(app.log.join()).not.toContain('private-9')
    await app.close()
  })

  test('are asked for a few times only, however many unknown ones come', async ({ provider, app }) => {
    await expectSignIn({ app, browser: new Browser() })
    let count = 0
    provider.idToken = (claims, header) => ({ claims, header: { ...header, kid: `unknown-${count++}` } })
    const pages = await Promise.all(
      Array.from({ length: 50 }, () => new Browser().open(`${app.url}/private`)),
    )
    expect(new Set(pages.map(page => [page.status, codeOf(page)].join()))).toEqual(
      new Set([INVALID.join(), UNAVAILABLE.join()]), // the second, while they may not be asked for again: one may be genuine
    )
    expect(count).toBe(50)
    expect(provider.requestsTo('jwks').length).toBeLessThanOrEqual(6)

    provider.idToken = (claims, header) => ({ claims, header })
    await expectSignIn({ app, browser: new Browser() })
  })

  test.for(['first', 'last'])(
    'are all tried, the right one %s, for a token without kid',
    async (place, { provider, app, browser }) => {
      await provider.rotateKeys({ keepOld: true })
      const keys = provider.keys.map(key => ({ ...key, kid: undefined }))
      provider.answer('jwks', json({ keys: place === 'first' ? keys : keys.toReversed() }))
      provider.idToken = (claims, header) => ({ claims, header: { ...header, kid: undefined } })
      await expectSignIn({ app, browser })
    },
  )

  test('that do not fit a token without kid sign nobody in', async ({ provider, app, browser }) => {
    await provider.rotateKeys({ keepOld: true })
    const keys = provider.keys
    await provider.rotateKeys()
    provider.answer('jwks', json({ keys }))
    provider.idToken = (claims, header) => ({ claims, header: { ...header, kid: undefined } })
    await expectRefusal(await browser.open(`${app.url}/private`), INVALID, {
      app,
      browser,
    })
  })
})
