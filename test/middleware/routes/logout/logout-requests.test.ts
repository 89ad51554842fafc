import supertest, { type Response, type Test } from 'supertest'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RelyingPartyOptions } from '../../../../src/index.ts'
import { startApp, type TestApp } from '../../../support/app.ts'
import { Browser, type Page } from '../../../support/browser.ts'
import { type ScriptedProvider, scriptedProvider } from '../../../support/scripted-provider.ts'

type Headers = Readonly<Record<string, string>>

let provider: ScriptedProvider
let app: TestApp
let browser: Browser

beforeEach(async () => {
  provider = await scriptedProvider()
  app = await startApp(provider.issuer)
  browser = new Browser()
  await browser.open(`${app.url}/private`)
})

afterEach(async () => {
  await app.close()
  await provider.close()
})

const OTHER = 'https://other.example'
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

describe('signs out at once', () => {
  test.for([
    ['GET', 'typed, or from a bookmark', { 'sec-fetch-site': 'none' }],
    ['GET', 'by a link on a page of this app', { 'sec-fetch-site': 'same-origin' }],
    ['GET', 'by a link, from a browser without Fetch Metadata', { referer: 'APP/some/page' }],
    ['POST', 'by a form on a page of this app', { 'sec-fetch-site': 'same-origin', origin: 'APP' }],
    [
      'POST',
      'by a form on a page that hides its origin',
      { 'sec-fetch-site': 'same-origin', origin: 'null' },
    ],
    ['POST', 'by a form, from a browser without Fetch Metadata', { origin: 'APP' }],
    ['POST', 'by a form, from a browser that sends the page alone', { referer: 'APP/some/page' }],
  ] as const)('%s, %s', async ([method, , headers]) => {
    const response = await send(method, { accept: 'text/html', ...headers })
    expect(response.status).toBe(303)
    expect(response.headers['location']).toContain(`${provider.issuer}/logout?`)
    expect(await app.userOf(browser)).toBeNull()
  })
})

describe('asks first, and the session stays', () => {
  test.for([
    ['GET', 'by a link on another site', { 'sec-fetch-site': 'cross-site', referer: `${OTHER}/` }],
    ['GET', 'by an address that another site redirects to', { 'sec-fetch-site': 'cross-site' }],
    ['GET', 'by a link on a sibling domain', { 'sec-fetch-site': 'same-site' }],
    ['GET', 'from another site, without Fetch Metadata', { referer: `${OTHER}/` }],
    ['GET', 'from nobody knows where', {}],
    ['POST', 'by a form on another site', { 'sec-fetch-site': 'cross-site', origin: OTHER }],
    ['POST', 'by a form on a sibling domain', { 'sec-fetch-site': 'same-site', origin: OTHER }],
    ['POST', 'from another site, without Fetch Metadata', { origin: OTHER }],
    ['POST', 'from another site that pretends by its Referer', { origin: OTHER, referer: 'APP/' }],
    ['POST', 'across sites, whatever Origin says', { 'sec-fetch-site': 'cross-site', origin: 'APP' }],
    ['POST', 'from a sandboxed frame', { origin: 'null' }],
    ['POST', 'from a page whose address begins like ours', { referer: 'APP@other.example/' }],
    ['POST', 'from a page that cannot be read', { referer: 'about:blank' }],
    ['POST', 'by no page at all', { 'sec-fetch-site': 'none' }],
    ['POST', 'from nobody knows where', {}],
  ] as const)('%s, %s', async ([method, , headers]) => {
    const response = await send(method, { accept: 'text/html', ...headers })
    expect(response.status).toBe(200)
    expect(response.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
    })
    expect(response.text).toContain('<title>Sign out of localhost')
    expect(response.text).toContain(`<form method="post" action="${app.url}/logout">`)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    expect(provider.requestsTo('endSession')).toHaveLength(0)
  })
})

test('signs out when the visitor confirms, and goes where the link wanted', async () => {
  const asked = await browser.open(`${app.url}/logout?returnTo=/me`, { from: `${OTHER}/` })
  expect(asked.status).toBe(200)
  const page = await browser.submit(asked)
  expect(page).toMatchObject({ status: 200, url: `${app.url}/me`, text: 'null' })
  expect(provider.requestsTo('endSession')).toHaveLength(1)
})

test('takes no foreign address and no markup into the confirmation', async () => {
  const returnTo = '"><script>alert(1)</script>'
  const asked = await browser.open(`${app.url}/logout?returnTo=${encodeURIComponent(returnTo)}`, {
    from: OTHER,
  })
  expect(asked.text).not.toContain('<script>')
  expect((await browser.submit(asked)).url).toBe(`${app.url}/`)

  await browser.open(`${app.url}/private`)
  const foreign = await browser.open(`${app.url}/logout?returnTo=${OTHER}/`, { from: OTHER })
  expect((await browser.submit(foreign)).url).toBe(`${app.url}/`)
})

test.for(['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)('refuses %s', async method => {
  const response = await send(method, { 'sec-fetch-site': 'same-origin', origin: 'APP' })
  expect(response.status).toBe(405)
  expect(response.headers['allow']).toBe('GET, POST')
  expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
})

test('does nothing for a page that is fetched in advance', async () => {
  const response = await send('GET', { 'sec-fetch-site': 'same-origin', 'sec-purpose': 'prefetch;prerender' })
  expect(response.status).toBe(503)
  expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
})

describe('for a program', () => {
  const SCRIPT = { accept: 'application/json', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' }

  test('signs out a script of this app', async () => {
    const response = await send('POST', { ...SCRIPT, origin: 'APP' })
    expect(response.status).toBeLessThan(400)
    expect(await app.userOf(browser)).toBeNull()
  })

  test('refuses a JSON body with JSON, and the session stays', async () => {
    const response = await send('POST', { ...SCRIPT, 'content-type': 'application/json' }, '{}')
    expect(response).toMatchObject({ status: 400, body: { error: 'ERR_OIDC_BODY_INVALID' } })
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })

  test('refuses another method with JSON', async () => {
    const response = await send('DELETE', SCRIPT)
    expect(response).toMatchObject({ status: 405, body: { error: 'ERR_OIDC_METHOD_NOT_ALLOWED' } })
  })

  test('never signs out a script of another site', async () => {
    const response = await send('POST', { ...SCRIPT, 'sec-fetch-site': 'cross-site', origin: OTHER })
    expect(response.headers['access-control-allow-origin']).toBeUndefined()
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })
})

type Method = 'GET' | 'POST' | 'HEAD' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'

/** Sends a request with the browser's cookies and these headers alone; `APP` is the app's own address. */
async function send(method: Method, headers: Headers, body = ''): Promise<Response> {
  const agent = supertest(app.url)
  const verb = method.toLowerCase() as Lowercase<Method>
  const request: Test = agent[verb]('/logout').set('cookie', await browser.jar.getCookieString(app.url))
  for (const [name, value] of Object.entries({ ...(method === 'POST' && FORM), ...headers })) {
    request.set(name, value.replace('APP', app.url))
  }
  return body ? request.send(body) : request
}

describe('with a page of the app that asks', () => {
  const ask = async (hook: NonNullable<RelyingPartyOptions['onLogoutConfirmation']>): Promise<Page> => {
    await app.close()
    app = await startApp(provider.issuer, { relyingParty: { onLogoutConfirmation: hook } })
    await browser.open(`${app.url}/private`)
    return browser.open(`${app.url}/logout?returnTo=/me`, { from: `${OTHER}/` })
  }

  test('shows that, unframed, and signs out when the visitor confirms', async () => {
    const asked = await ask(({ action, fields }, _req, res) => {
      res.send(
        `<form method="post" action="${action}"><input name="returnTo" value="${fields['returnTo']}"></form>`,
      )
    })
    expect([asked.status, asked.headers.get('x-frame-options')]).toEqual([200, 'DENY'])
    expect(asked.headers.get('cache-control')).toBe('no-store')
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    expect(await browser.submit(asked)).toMatchObject({ url: `${app.url}/me`, text: 'null' })
  })

  test('keeps the session if that page fails', async () => {
    const asked = await ask(async () => {
      throw new Error('no template')
    })
    expect(asked.status).toBe(500)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })
})
