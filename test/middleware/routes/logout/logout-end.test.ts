import { describe, expect } from 'vitest'
import type { TestApp } from '../../../support/app.ts'
import type { Browser } from '../../../support/browser.ts'
import { test as base, locationOf } from '../../../support/flow.ts'
import type { ScriptedProvider } from '../../../support/scripted-provider.ts'

const OTHER = 'https://other.example'

const test = base
  /** A provider whose registration knows no return addresses of sign-outs, such as django-oauth-toolkit. */
  .extend('forgetful', ({ provider }): ScriptedProvider => {
    const usual = provider.usualAnswer('register')
    provider.answer('register', (request, response) => {
      const { post_logout_redirect_uris: _, ...known } = JSON.parse(request.body)
      return usual({ ...request, body: JSON.stringify(known) }, response)
    })
    return provider
  })
  .extend('byHand', async ({ provider, start }): Promise<TestApp> => {
    const app = await start()
    await app.rp.ready()
    const { client_id, client_secret } = await handMade(provider, app.url)
    await app.close()
    const client = { clientId: client_id, clientSecret: client_secret }
    return start({ port: Number(new URL(app.url).port), relyingParty: { client } })
  })

/** Registers a client as an administrator would. */
async function handMade(provider: ScriptedProvider, url: string) {
  const response = await fetch(`${provider.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      redirect_uris: [`${url}/callback`],
      post_logout_redirect_uris: [`${url}/logout/callback`],
    }),
  })
  return (await response.json()) as { readonly client_id: string; readonly client_secret: string }
}

/** Where a sign-out sends the browser first. */
async function signOut(app: TestApp, browser: Browser, fields: Record<string, string> = {}): Promise<URL> {
  expect((await browser.open(`${app.url}/private`)).status).toBe(200)
  const page = await browser.post(`${app.url}/logout`, { returnTo: '/me', ...fields }, { follow: false })
  expect(page.status).toBe(303)
  return locationOf(page)
}

describe('the return address of a sign-out', () => {
  test('is sent if the registration has it', async ({ provider, app, browser }) => {
    const url = await signOut(app, browser)
    expect(url.origin).toBe(provider.issuer)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      id_token_hint: expect.any(String),
      client_id: app.rp.status().clientId,
      post_logout_redirect_uri: `${app.url}/logout/callback`,
      state: expect.any(String),
    })
    expect((await browser.open(url.href)).url).toBe(`${app.url}/me`)
  })

  test('is not sent if the registration does not have it, and the sign-out ends at the provider', async ({
    forgetful,
    app,
    browser,
  }) => {
    const url = await signOut(app, browser)
    expect(url.origin).toBe(forgetful.issuer)
    expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'id_token_hint'])
    const page = await browser.open(url.href)
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('You are signed out.')])
    expect(await app.userOf(browser)).toBeNull()
    expect(app.log.join('\n')).toContain(`has not registered ${app.url}/logout/callback`)
  })

  test('is sent for a client that was made by hand', async ({ byHand, browser }) => {
    const url = await signOut(byHand, browser)
    expect((await browser.open(url.href)).url).toBe(`${byHand.url}/me`)
  })

  test('is neither sent nor registered if its route is off', async ({ provider, start, browser }) => {
    const app = await start({ relyingParty: { routes: { logoutCallback: false } } })
    const url = await signOut(app, browser)
    expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'id_token_hint'])
    expect([...provider.clients.values()][0]).not.toHaveProperty('post_logout_redirect_uris')
    expect(await app.userOf(browser)).toBeNull()
  })
})

describe('a sign-out of the app only', () => {
  test('ends the session here and sends the browser to its return path', async ({
    provider,
    app,
    browser,
  }) => {
    expect((await signOut(app, browser, { provider: 'false' })).href).toBe(`${app.url}/me`)
    expect(await app.userOf(browser)).toBeNull()
    expect(provider.requestsTo('endSession')).toHaveLength(0)
  })

  test('by a link does the same', async ({ provider, app, browser }) => {
    await browser.open(`${app.url}/private`)
    const page = await browser.open(`${app.url}/logout?provider=false&returnTo=/me`, { from: app.url })
    expect(page.url).toBe(`${app.url}/me`)
    expect(await app.userOf(browser)).toBeNull()
    expect(provider.requestsTo('endSession')).toHaveLength(0)
  })

  test('by req.oidc.logout() does the same', async ({ provider, start, browser }) => {
    const app = await start({
      after: router => router.get('/leave', req => req.oidc.logout({ returnTo: '/me', provider: false })),
    })
    await browser.open(`${app.url}/private`)
    expect((await browser.open(`${app.url}/leave`)).url).toBe(`${app.url}/me`)
    expect(await app.userOf(browser)).toBeNull()
    expect(provider.requestsTo('endSession')).toHaveLength(0)
  })

  test('is confirmed when another site asks for it, and stays one', async ({ provider, app, browser }) => {
    await browser.open(`${app.url}/private`)
    const asked = await browser.open(`${app.url}/logout?provider=false`, { from: OTHER })
    expect(asked.text).toContain('You stay signed in at the provider')
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    expect((await browser.submit(asked)).url).toBe(`${app.url}/`)
    expect(await app.userOf(browser)).toBeNull()
    expect(provider.requestsTo('endSession')).toHaveLength(0)
  })

  test.for(['true', 'no', ''])('is not what provider=%s means', async (value, { provider, app, browser }) => {
    expect((await signOut(app, browser, { provider: value })).origin).toBe(provider.issuer)
    expect(await app.userOf(browser)).toBeNull()
  })
})

describe('with logoutRequest: false', () => {
  const test = base.extend('app', ({ start }) =>
    start({
      relyingParty: { logoutRequest: false },
      after: router => router.get('/leave', req => req.oidc.logout({ returnTo: '/me', provider: true })),
    }),
  )

  test('a sign-out ends in the app, and the log says nothing', async ({ provider, app, browser }) => {
    delete provider.metadata.end_session_endpoint
    expect((await signOut(app, browser)).href).toBe(`${app.url}/me`)
    expect(await app.userOf(browser)).toBeNull()
    expect(provider.requestsTo('endSession')).toHaveLength(0)
    expect(app.log.join('\n')).not.toContain('stay signed in at the provider')
  })

  test('the confirmation says so', async ({ app, browser }) => {
    await browser.open(`${app.url}/private`)
    const asked = await browser.open(`${app.url}/logout`, { from: OTHER })
    expect(asked.text).toContain('You stay signed in at the provider')
    expect((await browser.submit(asked)).url).toBe(`${app.url}/`)
    expect(await app.userOf(browser)).toBeNull()
  })

  test('a form or a call can still ask for the provider', async ({ provider, app, browser }) => {
    expect((await signOut(app, browser, { provider: 'true' })).origin).toBe(provider.issuer)
    await browser.open(`${app.url}/private`)
    expect((await browser.open(`${app.url}/leave`)).url).toBe(`${app.url}/me`)
    expect(provider.requestsTo('endSession')).toHaveLength(1)
    expect(await app.userOf(browser)).toBeNull()
  })
})
