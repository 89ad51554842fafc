import { MemoryStore } from 'express-session'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from '../../../support/app.ts'
import { Browser, type Page } from '../../../support/browser.ts'
import { type ScriptedProvider, scriptedProvider } from '../../../support/scripted-provider.ts'

let provider: ScriptedProvider
let app: TestApp
let sessions: MemoryStore
let browser: Browser
let idToken: unknown

beforeEach(async () => {
  provider = await scriptedProvider()
  provider.tokenResponse = body => {
    idToken = body.id_token
    return body
  }
  sessions = new MemoryStore()
  app = await startApp(provider.issuer, { session: { store: sessions } })
  browser = new Browser()
  await browser.open(`${app.url}/private`)
})

afterEach(async () => {
  await app.close()
  await provider.close()
})

test('ends the session here, then at the provider, and comes back over the logout callback', async () => {
  const stolen = await browser.jar.getCookieString(app.url)
  const away = await browser.post(`${app.url}/logout`, {}, { follow: false })

  expect(away.status).toBe(303)
  expect(away.headers.get('cache-control')).toBe('no-store')
  const location = new URL(away.headers.get('location') ?? '')
  expect(location.origin + location.pathname).toBe(`${provider.issuer}/logout`)
  expect(Object.fromEntries(location.searchParams)).toEqual({
    client_id: [...provider.clients.keys()][0],
    id_token_hint: idToken,
    post_logout_redirect_uri: `${app.url}/logout/callback`,
    state: expect.stringMatching(/^[\w-]{32,}$/),
  })
  expect(await sessionCount()).toBe(0)
  expect(await userBehind(stolen)).toBeNull()

  const back = await browser.open(location.href, { from: `${app.url}/` })
  expect(back).toMatchObject({ status: 200, url: `${app.url}/`, text: 'public' })
  expect(await app.userOf(browser)).toBeNull()
  expect(await browser.cookies(app.url)).toEqual([expect.stringMatching(/^oidc-silent\./)]) // until the browser is closed
})

test('returns to the path that the form or the query asks for', async () => {
  const byForm = await browser.post(`${app.url}/logout`, { returnTo: '/me?from=form' })
  expect(byForm).toMatchObject({ status: 200, url: `${app.url}/me?from=form`, text: 'null' })

  await browser.open(`${app.url}/private`)
  const byQuery = await browser.open(`${app.url}/logout?returnTo=${encodeURIComponent('/me?from=query')}`)
  expect(byQuery).toMatchObject({ status: 200, url: `${app.url}/me?from=query`, text: 'null' })
})

test.for([
  'https://evil.example/',
  '//evil.example/',
  '/\\evil.example/',
  '/..//evil.example/',
  'javascript:alert(1)',
  'me',
  '/logout',
  '/login',
  `/${'a'.repeat(3_000)}`,
])('returns to the start page where the return path is not one of this app: %s', async returnTo => {
  const page = await browser.post(`${app.url}/logout`, { returnTo })
  expect(page).toMatchObject({ status: 200, url: `${app.url}/` })

  await browser.open(`${app.url}/private`)
  const byQuery = await browser.open(`${app.url}/logout?returnTo=${encodeURIComponent(returnTo)}`)
  expect(byQuery).toMatchObject({ status: 200, url: `${app.url}/` })
  expect(await app.userOf(browser)).toBeNull()
})

test('returns to the start page where the return path is repeated', async () => {
  const page = await browser.open(`${app.url}/logout?returnTo=/me&returnTo=/private`)
  expect(page).toMatchObject({ status: 200, url: `${app.url}/` })
  expect(await app.userOf(browser)).toBeNull()
})

test('signs out here where the provider has no end_session_endpoint', async () => {
  await app.close()
  delete provider.metadata.end_session_endpoint
  app = await startApp(provider.issuer)
  await browser.open(`${app.url}/private`)
  const page = await browser.post(`${app.url}/logout`, { returnTo: '/me' })
  expect(page).toMatchObject({ status: 200, url: `${app.url}/me`, text: 'null' })
})

describe('while the provider is down', () => {
  test('signs out here, and the browser goes to the provider that was known', async () => {
    await provider.stop()
    const away = await browser.post(`${app.url}/logout`, { returnTo: '/me' }, { follow: false })
    expect(away.status).toBe(303)
    expect(await app.userOf(browser)).toBeNull()
    expect(await sessionCount()).toBe(0)
  })

  test('signs out here and goes to the return path where this process never reached it', async () => {
    await provider.stop()
    const second = await startApp(provider.issuer, {
      session: { store: sessions },
      relyingParty: { providerTimeout: 0.05 },
    })
    const page = await browser.post(`${second.url}/logout`, { returnTo: '/me' })
    expect(page).toMatchObject({ status: 200, url: `${second.url}/me`, text: 'null' })
    expect(await sessionCount()).toBe(0)
    await second.close()
  })
})

describe('at the logout callback', () => {
  test.for([
    ['is empty', () => '?state='],
    ['is made up', () => '?state=made-up'],
    ['is cut', (state: string) => `?state=${state.slice(1)}`],
    ['is repeated', (state: string) => `?state=${state}&state=${state}`],
  ] as const)('goes to the start page and changes nothing where state %s', async ([, query]) => {
    const state = await stateOfLogout(browser)
    await browser.open(`${app.url}/private`)
    const page = await browser.open(`${app.url}/logout/callback${query(state)}`)
    expect(page).toMatchObject({ status: 200, url: `${app.url}/` })
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })

    const right = await browser.open(`${app.url}/logout/callback?state=${state}`)
    expect(right.url).toBe(`${app.url}/me`)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })

  test("goes to the start page with another browser's state, and with one that was used", async () => {
    const other = new Browser()
    await other.open(`${app.url}/private`)
    const foreign = await stateOfLogout(other)
    expect((await browser.open(`${app.url}/logout/callback?state=${foreign}`)).url).toBe(`${app.url}/`)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })

    const state = await stateOfLogout(browser)
    expect((await browser.open(`${app.url}/logout/callback?state=${state}`)).url).toBe(`${app.url}/me`)
    expect((await browser.open(`${app.url}/logout/callback?state=${state}`)).url).toBe(`${app.url}/`)
  })
})

test('has nothing against a sign-out of somebody who is not signed in', async () => {
  const stranger = new Browser()
  const page = await stranger.post(`${app.url}/logout`, { returnTo: '/me' })
  expect(page).toMatchObject({ status: 200, url: `${app.url}/me`, text: 'null' })
  expect(provider.requestsTo('endSession')).toHaveLength(0)
  expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
})

test('leaves the sessions of other browsers', async () => {
  const other = new Browser()
  await other.open(`${app.url}/private`)
  await browser.post(`${app.url}/logout`, {})
  expect(await app.userOf(browser)).toBeNull()
  expect(await app.userOf(other)).toMatchObject({ sub: 'user-1' })
})

async function stateOfLogout(from: Browser): Promise<string> {
  const away: Page = await from.post(`${app.url}/logout`, { returnTo: '/me' }, { follow: false })
  return new URL(away.headers.get('location') ?? '').searchParams.get('state') ?? ''
}

function sessionCount(): Promise<number> {
  return new Promise((resolve, reject) =>
    sessions.length((error, length) => (error ? reject(error) : resolve(length ?? 0))),
  )
}

async function userBehind(cookie: string): Promise<unknown> {
  return (await fetch(`${app.url}/me`, { headers: { cookie } })).json()
}
