import type { Server } from 'node:http'
import express from 'express'
import { MemoryStore } from 'express-session'
import supertest, { type Response } from 'supertest'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { OidcError, requireUser } from '../../../src/index.ts'
import { startApp, type TestApp, type TestAppOptions } from '../../support/app.ts'
import { Browser } from '../../support/browser.ts'
import { type ScriptedProvider, scriptedProvider } from '../../support/scripted-provider.ts'

let provider: ScriptedProvider
let app: TestApp
const apps: TestApp[] = []

beforeEach(async () => {
  provider = await scriptedProvider()
  app = await start()
})

afterEach(async () => {
  vi.useRealTimers()
  for (const started of apps.splice(0)) await started.close()
  await provider.close()
})

async function start(options: TestAppOptions = {}, issuer = provider.issuer): Promise<TestApp> {
  const started = await startApp(issuer, options)
  apps.push(started)
  return started
}

describe('lets an anonymous visitor who loads a page sign in', () => {
  test.for([
    ['a browser', { 'sec-fetch-mode': 'navigate', accept: 'text/html,*/*;q=0.8' }],
    ['a browser without Fetch Metadata', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }],
  ] as const)('as %s', async ([, headers]) => {
    const response = await ask(headers)
    expect(response.status).toBe(303)
    expect(response.headers['location']).toContain(`${provider.issuer}/authorize?`)
    expect(response.headers['cache-control']).toBe('no-store')
    expect(app.shown()).toBe(0)
  })

  test.for(['/private', '/private?tab=2&q=a%20b', '/private?next=https://other.example/%3Fx%3D1&x=%2F%2F'])(
    'and leads back to %s',
    async path => {
      const page = await new Browser().open(app.url + path)
      expect(page).toMatchObject({ status: 200, url: app.url + path, text: 'private page of Una User' })
    },
  )
})

describe('does not send a form again that was posted before the sign-in', () => {
  test('and leads back to the page that held it', async () => {
    const page = await new Browser().post(
      `${app.url}/private`,
      { amount: '5' },
      { headers: { referer: `${app.url}/me?step=2` } },
    )
    expect(page).toMatchObject({ status: 200, url: `${app.url}/me?step=2` })
    expect(app.shown()).toBe(0)
  })

  test.for([
    ['no page is named', {}],
    ['another site is named', { referer: 'https://other.example/private' }],
    ['another scheme is named', { referer: 'https://localhost/private' }],
    ['no address is named', { referer: 'about:blank' }],
  ] as const)('and leads to the start page where %s', async ([, headers]) => {
    const page = await new Browser().post(`${app.url}/private`, { amount: '5' }, { headers })
    expect(page).toMatchObject({ status: 200, url: `${app.url}/`, text: 'public' })
    expect(app.shown()).toBe(0)
  })
})

describe('tells an anonymous program how to sign in', () => {
  test.for([
    ['fetch', 'get', { 'sec-fetch-mode': 'cors', accept: '*/*' }],
    ['fetch that wants HTML', 'get', { 'sec-fetch-mode': 'cors', accept: 'text/html' }],
    ['fetch that posts', 'post', { 'sec-fetch-mode': 'same-origin', accept: '*/*' }],
    ['an image', 'get', { 'sec-fetch-mode': 'no-cors', accept: 'image/*' }],
    ['XHR', 'get', { 'x-requested-with': 'XMLHttpRequest', accept: 'text/html, */*' }],
    ['a JSON client', 'get', { accept: 'application/json' }],
    ['curl', 'get', { accept: '*/*' }],
    ['a client that accepts nothing', 'get', { accept: '' }],
    ['a client that deletes', 'delete', { accept: 'application/json' }],
  ] as const)('as %s', async ([, method, headers]) => {
    const response = await ask(headers, method)
    expect(response.status).toBe(401)
    expect(response.headers['www-authenticate']).toMatch(/^\w+ realm="[^"]+"$/)
    expect(response.headers['cache-control']).toBe('no-store')
    expect(response.headers['set-cookie']).toBeUndefined()
    expect(response.body).toEqual({
      error: 'ERR_OIDC_UNAUTHENTICATED',
      message: expect.any(String),
      loginUrl: `${app.url}/login`,
    })
    expect(app.shown()).toBe(0)
  })

  test('without an address where the login route is off', async () => {
    app = await start({ relyingParty: { routes: { login: false } } })
    const response = await ask({ accept: 'application/json' })
    expect(response.status).toBe(401)
    expect(response.body).not.toHaveProperty('loginUrl')
  })
})

test('lets a signed-in user pass, with every method and from every client', async () => {
  const browser = new Browser()
  await browser.open(`${app.url}/private`)
  expect((await browser.open(`${app.url}/private`)).text).toBe('private page of Una User')
  expect((await browser.post(`${app.url}/private`, {})).text).toBe('private page of Una User')
  const cookie = await browser.jar.getCookieString(app.url)
  const response = await ask({ 'sec-fetch-mode': 'cors', cookie })
  expect(response).toMatchObject({ status: 200, text: 'private page of Una User' })
  expect(app.shown()).toBe(4)
})

test('does not take the user of another middleware for signed in', async () => {
  app = await start({
    before: under =>
      under.use((req, _res, next) => {
        req.user = { sub: 'somebody' } as NonNullable<typeof req.user>
        next()
      }),
  })
  expect((await ask({ accept: 'application/json' })).status).toBe(401)
})

test('asks again when the login has lasted for its absolute lifetime, however active it is', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  app = await start({ relyingParty: { absoluteLifetime: 600 } })
  const browser = new Browser()
  await browser.open(`${app.url}/private`)
  vi.setSystemTime(Date.now() + 599_000)
  expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  vi.setSystemTime(Date.now() + 1_000)
  expect(await app.userOf(browser)).toBeNull()
  const cookie = await browser.jar.getCookieString(app.url)
  expect((await ask({ accept: 'application/json', cookie })).status).toBe(401)
  const away = await browser.open(`${app.url}/private`, { follow: false })
  expect(away.headers.get('location')).toContain(`${provider.issuer}/authorize?`)
})

test('does not know the users of another provider, whose sessions lie in the same store', async () => {
  const other = await scriptedProvider()
  const session = { store: new MemoryStore() }
  const [one, two] = [await start({ session }), await start({ session }, other.issuer)]
  const browser = new Browser()
  await browser.open(`${one.url}/private`)
  expect(await one.userOf(browser)).toMatchObject({ iss: provider.issuer })
  expect(await two.userOf(browser)).toBeNull()
  await browser.open(`${two.url}/private`)
  expect(await two.userOf(browser)).toMatchObject({ iss: other.issuer })
  expect(await one.userOf(browser)).toBeNull()
  await other.close()
})

test('keeps the signed-in in while the provider is away, and answers 503 to those who must sign in', async () => {
  const session = { store: new MemoryStore() }
  const browser = new Browser()
  await browser.open(`${(await start({ session })).url}/private`)
  await provider.stop()
  app = await start({ session, relyingParty: { providerTimeout: 0.05 } })
  expect((await browser.open(`${app.url}/private`)).text).toBe('private page of Una User')
  const refused = await new Browser().open(`${app.url}/private`)
  expect(refused).toMatchObject({ status: 503, text: expect.stringContaining('currently unavailable') })
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await ask({ accept: 'application/json' })).status).toBe(401)
})

test('says what is missing where relyingParty() is not mounted in front', async () => {
  let thrown: unknown
  const bare: Server = express()
    .get('/', requireUser())
    .use((error: unknown, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
      thrown = error
      res.status(error instanceof OidcError ? error.status : 400).end()
    })
    .listen(0)
  expect((await supertest(bare).get('/')).status).toBe(500)
  expect(thrown).toMatchObject({ code: 'ERR_OIDC_MIDDLEWARE_MISSING' })
  bare.close()
})

function ask(
  headers: Readonly<Record<string, string>>,
  method: 'get' | 'post' | 'delete' = 'get',
): Promise<Response> {
  return supertest(app.url)[method]('/private').set(headers)
}
