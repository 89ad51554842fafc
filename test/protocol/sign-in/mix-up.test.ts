import { describe, expect } from 'vitest'
import { type TwoProviderApp, test } from '../../support/apps/two-providers.ts'
import { Browser, type Page } from '../../support/browser.ts'
import { codeOf, locationOf } from '../../support/flow.ts'
import { redirectTo, type ScriptedProvider } from '../../support/scripted-provider.ts'

// Two providers in one app: A is honest, B belongs to an attacker (RFC 9700 §4.4).

/** Begins a sign-in at one of them; its authorization request. */
async function begin(browser: Browser, app: TwoProviderApp, which: 'a' | 'b'): Promise<URL> {
  return locationOf(await browser.open(`${app.url}/${which}/login?returnTo=/private`, { follow: false }))
}

/** Lets the provider answer an authorization request. */
async function answerTo(browser: Browser, request: URL): Promise<URL> {
  return locationOf(await browser.open(request.href, { follow: false }))
}

interface Scene {
  readonly app: TwoProviderApp
  readonly a: ScriptedProvider
  readonly b: ScriptedProvider
  readonly browser: Browser
}

/** Neither provider was shown a code, nobody is signed in, and the user can still sign in at the honest one. */
async function expectRefused(page: Page, code: string, { app, a, b, browser }: Scene): Promise<void> {
  expect([page.status, codeOf(page)]).toEqual([400, code])
  expect([...a.requestsTo('token'), ...b.requestsTo('token')]).toEqual([])
  expect(await app.seenBy(browser)).toMatchObject({ name: null, isAuthenticated: false })
  expect((await browser.open(`${app.url}/a/login?returnTo=/private`)).text).toBe('private page of Una at A')
}

describe('a mix-up is refused and no code goes astray', () => {
  test.for(['a', 'b'] as const)(
    "when the answer of %s is delivered at the other's callback",
    async (which, { app, a, b, browser }) => {
      const callback = await answerTo(browser, await begin(browser, app, which))
      const other = callback.href.replace(`/${which}/callback`, which === 'a' ? '/b/callback' : '/a/callback')
      await expectRefused(await browser.open(other), 'ERR_OIDC_STATE_UNKNOWN', { app, a, b, browser })
    },
  )

  test("when A's code and issuer come back in a sign-in that was begun at B", async ({
    app,
    a,
    b,
    browser,
  }) => {
    const honest = await answerTo(browser, await begin(browser, app, 'a'))
    const attacked = await answerTo(browser, await begin(browser, app, 'b'))
    for (const name of ['code', 'iss']) attacked.searchParams.set(name, honest.searchParams.get(name) ?? '')
    await expectRefused(await browser.open(attacked.href), 'ERR_OIDC_ISSUER_MISMATCH', { app, a, b, browser })
  })

  test("when B leaves out the issuer that it promised, with A's code", async ({ app, a, b, browser }) => {
    const honest = await answerTo(browser, await begin(browser, app, 'a'))
    const attacked = await answerTo(browser, await begin(browser, app, 'b'))
    attacked.searchParams.set('code', honest.searchParams.get('code') ?? '')
    attacked.searchParams.delete('iss')
    await expectRefused(await browser.open(attacked.href), 'ERR_OIDC_ISSUER_MISMATCH', { app, a, b, browser })
  })

  test("when B sends the browser on to A, as A's client with the state of B", async ({
    app,
    a,
    b,
    browser,
  }) => {
    const atA = await begin(browser, app, 'a')
    const atB = await begin(browser, app, 'b')
    atA.searchParams.set('state', atB.searchParams.get('state') ?? '')
    b.answer('authorize', redirectTo(atA.href))
    const callback = await answerTo(browser, await answerTo(browser, atB))
    expect(callback.pathname).toBe('/a/callback')
    await expectRefused(await browser.open(callback.href), 'ERR_OIDC_STATE_UNKNOWN', { app, a, b, browser })
  })

  test("when B sends the browser on to A with B's own redirect URI, A itself refuses", async ({
    app,
    a,
    b,
    browser,
  }) => {
    const atA = await begin(browser, app, 'a')
    const atB = await begin(browser, app, 'b')
    for (const name of ['state', 'redirect_uri']) atA.searchParams.set(name, atB.searchParams.get(name) ?? '')
    expect((await browser.open(atA.href, { follow: false })).status).toBe(400)
    expect([...a.requestsTo('token'), ...b.requestsTo('token')]).toEqual([])
  })

  test('when B registers its client at A, the issuer gives it away', async ({ startTwo, a, b, browser }) => {
    b.metadata.authorization_endpoint = `${a.issuer}/authorize`
    b.metadata.registration_endpoint = `${a.issuer}/register`
    const app = await startTwo()
    const callback = await answerTo(browser, await begin(browser, app, 'b'))
    expect(callback.pathname).toBe('/b/callback')
    await expectRefused(await browser.open(callback.href), 'ERR_OIDC_ISSUER_MISMATCH', { app, a, b, browser })
  })

  test.for(['error', 'code'] as const)(
    'when an %s of A ends a sign-in at B',
    async (kind, { app, a, b, browser }) => {
      const attacked = await answerTo(browser, await begin(browser, app, 'b'))
      attacked.searchParams.set('iss', a.issuer)
      if (kind === 'error') attacked.searchParams.delete('code')
      if (kind === 'error') attacked.searchParams.set('error', 'access_denied')
      await expectRefused(await browser.open(attacked.href), 'ERR_OIDC_ISSUER_MISMATCH', {
        app,
        a,
        b,
        browser,
      })
    },
  )
})

test('an ID token of A signs nobody in at B', async ({ app, a, b, browser }) => {
  b.idToken = (claims, header) => ({ claims: { ...claims, iss: a.issuer }, header })
  const page = await browser.open(`${app.url}/b/login`)
  expect([page.status, codeOf(page)]).toEqual([400, 'ERR_OIDC_ID_TOKEN_INVALID'])
  expect(await app.seenBy(browser)).toMatchObject({ isAuthenticated: false })
  b.idToken = (claims, header) => ({ claims, header })
  expect((await browser.open(`${app.url}/b/login?returnTo=/private`)).text).toBe('private page of Una at B')
})

test("an attacker's answer from A does not end the sign-in that the user has begun, at A or at B", async ({
  app,
  a,
  b,
  browser,
}) => {
  const attacker = new Browser()
  const planted = await answerTo(attacker, await begin(attacker, app, 'a'))
  const pending = await answerTo(browser, await begin(browser, app, 'b'))
  const page = await browser.open(planted.href, { follow: false })
  expect(locationOf(page).origin).toBe(a.issuer) // begun anew, as the user himself
  expect([...a.requestsTo('token'), ...b.requestsTo('token')]).toEqual([])
  expect(await app.seenBy(browser)).toMatchObject({ isAuthenticated: false })
  expect((await browser.open(pending.href)).text).toBe('private page of Una at B')
})

test("a return from A's logout means nothing at B", async ({ app, browser }) => {
  await browser.open(`${app.url}/a/login`)
  const away = await browser.open(`${app.url}/a/logout?returnTo=/private`, { follow: false })
  const state = locationOf(away).searchParams.get('state') ?? ''
  const back = (which: string) =>
    browser.open(`${app.url}/${which}/logout/callback?state=${state}`, { follow: false })
  expect(locationOf(await back('b')).href).toBe(`${app.url}/`)
  expect(locationOf(await back('a')).href).toBe(`${app.url}/private`)
})
