import { describe, expect } from 'vitest'
import type { RelyingPartyOptions } from '../../../../src/index.ts'
import type { TestApp } from '../../../support/app.ts'
import { test as base, lastSent, leaving, signInAndOut } from '../../../support/providers/logout-flow.ts'

const OTHER = 'https://other.example'
const CANARY = 'canary-secret'

/** An app with these parameters, and a page that signs out with these options. */
const test = base.extend('startWith', ({ start }) => {
  return (
    logoutParameters: NonNullable<RelyingPartyOptions['logoutParameters']>,
    options: object = {},
  ): Promise<TestApp> => start({ ...leaving(options), relyingParty: { logoutParameters } })
})

describe('parameters of every sign-out', () => {
  test('are sent with those of the library', async ({ provider, browser, startWith }) => {
    const app = await startWith({ ui_locales: 'de', federated: '' })
    expect((await signInAndOut(app, browser)).url).toBe(`${app.url}/me`)
    expect(lastSent(provider)).toEqual({
      id_token_hint: expect.any(String),
      client_id: app.rp.status().clientId,
      post_logout_redirect_uri: `${app.url}/logout/callback`,
      state: expect.any(String),
      ui_locales: 'de',
      federated: '',
    })
  })

  test('come from a function that gets the login and the request', async ({
    provider,
    browser,
    startWith,
  }) => {
    const app = await startWith(async ({ user, claims, id }, { method }) => ({
      logout_hint: user.email ? `${user.email} ${claims.sub} ${method} ${id.length > 10}` : null,
    }))
    expect((await signInAndOut(app, browser)).url).toBe(`${app.url}/me`)
    expect(lastSent(provider)).toMatchObject({ logout_hint: 'una@example.test user-1 POST true' })
  })

  test('are not asked for if nobody is signed in, or only the app is left', async ({
    browser,
    startWith,
  }) => {
    let calls = 0
    const app = await startWith(() => {
      calls += 1
      return undefined
    })
    await browser.post(`${app.url}/logout`, {})
    await browser.open(`${app.url}/private`)
    await browser.post(`${app.url}/logout`, { provider: 'false' })
    expect(calls).toBe(0)
    expect((await signInAndOut(app, browser)).url).toBe(`${app.url}/me`)
    expect(calls).toBe(1)
  })

  test('are still sent after a confirmation, and by a form that replaces a long URL', async ({
    provider,
    browser,
    startWith,
  }) => {
    const long = 'x'.repeat(4_000)
    const app = await startWith(({ user }) => ({ logout_hint: String(user.email), long }))
    await browser.open(`${app.url}/private`)
    const asked = await browser.open(`${app.url}/logout?returnTo=/me`, { from: OTHER })
    expect(asked.text).not.toContain('logout_hint')
    const form = await browser.submit(asked)
    expect([form.status, form.url]).toEqual([200, `${app.url}/logout`])
    expect((await browser.submit(form)).url).toBe(`${app.url}/me`)
    expect(lastSent(provider)).toMatchObject({ logout_hint: 'una@example.test', long })
  })

  test('never come from a request', async ({ provider, browser, startWith }) => {
    const app = await startWith({ ui_locales: 'de' })
    await browser.open(`${app.url}/private`)
    const names = ['ui_locales', 'logout_hint', 'state', 'id_token_hint', 'post_logout_redirect_uri']
    const fields = Object.fromEntries(names.map(name => [name, CANARY]))
    const asked = new URLSearchParams({ ...fields, 'logoutParameters[logout_hint]': CANARY })
    const page = await browser.post(`${app.url}/logout?${asked.toString()}`, {
      ...fields,
      logoutParameters: CANARY,
    })
    expect(page.url).toBe(`${app.url}/`)
    expect(JSON.stringify(lastSent(provider))).not.toContain(CANARY)
    expect(lastSent(provider)).toMatchObject({ ui_locales: 'de' })
  })
})

describe('parameters of one sign-out', () => {
  test('win over those of every sign-out; null leaves one out, undefined changes nothing', async ({
    provider,
    browser,
    startWith,
  }) => {
    const usual = { a: 'usual', b: 'usual', c: 'usual', ui_locales: undefined }
    const app = await startWith(usual, {
      returnTo: '/me',
      logoutParameters: { a: 'own', b: null, c: undefined, d: 'own', id_token_hint: null },
    })
    await browser.open(`${app.url}/private`)
    expect((await browser.open(`${app.url}/leave`)).url).toBe(`${app.url}/me`)
    const { state: _, client_id: __, ...sent } = lastSent(provider)
    expect(sent).toEqual({
      post_logout_redirect_uri: `${app.url}/logout/callback`,
      a: 'own',
      c: 'usual',
      d: 'own',
    })
  })

  test('take back a name that the option has given', async ({ provider, browser, startWith }) => {
    const app = await startWith(
      { post_logout_redirect_uri: { as: 'logout_uri' } },
      { logoutParameters: { post_logout_redirect_uri: null } },
    )
    await browser.open(`${app.url}/private`)
    const page = await browser.open(`${app.url}/leave`)
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('You are signed out.')])
    expect(Object.keys(lastSent(provider)).sort()).toEqual(['client_id', 'id_token_hint'])
    expect((await browser.cookies(app.url)).join()).not.toContain('oidc-logout.')
  })
})

describe('an address of the app’s own', () => {
  const elsewhere = { post_logout_redirect_uri: 'https://www.shop.example/bye' }

  test('is sent without a state where an administrator has made the client', async ({
    provider,
    browser,
    startShop,
  }) => {
    const app = await startShop('authentik', { path: '/logout' }, { logoutParameters: elsewhere })
    await signInAndOut(app, browser)
    expect(lastSent(provider)).toMatchObject(elsewhere)
    expect(lastSent(provider)).not.toHaveProperty('state')
  })

  test('is left out if the app has registered itself without it', async ({
    provider,
    browser,
    startWith,
  }) => {
    const app = await startWith(elsewhere)
    await signInAndOut(app, browser)
    expect(Object.keys(lastSent(provider)).sort()).toEqual(['client_id', 'id_token_hint'])
    expect(app.log.join('\n')).toContain('Add it to options.metadata.post_logout_redirect_uris')
    expect(app.log.join('\n')).not.toContain('www.shop.example')
  })
})

test('a parameter that the endpoint has in its own query is sent once', async ({
  provider,
  browser,
  startShop,
}) => {
  const place = { path: '/v2/logout?client_id=old&tenant=one', isNamed: false }
  const options = { logoutParameters: { post_logout_redirect_uri: { as: 'returnTo' } } }
  const app = await startShop('auth0Classic', place, options)
  expect((await signInAndOut(app, browser)).url).toBe(`${app.url}/me`)
  const query = provider.requestsTo('endSession').at(-1)?.query
  expect([query?.getAll('client_id'), query?.getAll('tenant')]).toEqual([['shop'], ['one']])
})
