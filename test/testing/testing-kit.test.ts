import express, { type RequestHandler } from 'express'
import session from 'express-session'
import express4 from 'express4'
import supertest from 'supertest'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  requireAcr,
  requireAmr,
  requireClaims,
  requireRecentLogin,
  requireScopes,
  requireUser,
  requireVot,
  withUser,
} from '../../src/index.ts'
import { signedIn, signedOut, signIn, testProvider } from '../../src/testing.ts'
import { startApp } from '../support/app.ts'
import { Browser } from '../support/browser.ts'
import { scriptedProvider } from '../support/scripted-provider.ts'

const asPage = { accept: 'text/html' }
const ok: RequestHandler = (_req, res) => void res.send('ok')

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
])('signedIn on %s', (_, makeApp) => {
  const now = Math.floor(Date.now() / 1_000)

  test.each([
    ['a user', requireUser(), {}, 200],
    ['the role', requireClaims({ roles: 'admin' }), { roles: ['admin'] }, 200],
    ['another role', requireClaims({ roles: 'admin' }), { roles: ['user'] }, 403],
    ['the scope of a usual sign-in', requireScopes('email'), {}, 200],
    ['the class', requireAcr('gold'), { acr: 'gold' }, 200],
    ['another class', requireAcr('gold'), { acr: 'silver' }, 401],
    ['the method', requireAmr('otp'), { amr: ['otp'] }, 200],
    ['the vector of trust', requireVot('Cl.Cm'), { vot: 'Cl.Cm' }, 200],
    ['a part of the vector of trust', requireVot('Cl.Cm'), { vot: 'Cl' }, 401],
    ['a sign-in of just now', requireRecentLogin({ maxAge: 60 }), {}, 200],
    ['an old sign-in', requireRecentLogin({ maxAge: 60 }), { auth_time: now - 3_600 }, 401],
  ])('%s', async (_what, guard, claims, status) => {
    const answer = await supertest(makeApp().use(signedIn(claims)).get('/', guard, ok)).get('/')
    expect(answer.status).toBe(status)
  })

  test('lets a handler call an API as the user', async () => {
    const called = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('orders'))
    const app = makeApp().use(signedIn({}, { accessToken: 'token' }))
    app.get('/', async (req, res) => {
      const api = await req.oidc.fetch('https://api.test/', { scope: 'openid', headers: { 'x-mine': 'yes' } })
      res.send(await api.text())
    })
    await supertest(app).get('/').expect(200, 'orders')
    const [url, request] = called.mock.calls[0] ?? []
    called.mockRestore()
    expect(url).toBe('https://api.test/')
    expect(Object.fromEntries(new Headers(request?.headers))).toEqual({
      authorization: 'Bearer token',
      'x-mine': 'yes',
    })
  })

  test('lets a handler ask for all that is there after a sign-in', async () => {
    const app = makeApp().use(signedIn({ sub: '1', name: 'Una' }, { scope: 'openid', accessToken: 'token' }))
    app.get('/', async (req, res) => {
      const { isAuthenticated, claims, scope } = req.oidc
      const [token, userInfo] = [await req.oidc.getAccessToken(), await req.oidc.fetchUserInfo()]
      res.json({ user: req.user, isAuthenticated, sub: claims?.sub, scope, token, userInfo })
    })
    const user = { iss: 'https://provider.test', sub: '1', name: 'Una' }
    const { body } = await supertest(app).get('/')
    expect(body).toEqual({
      user,
      isAuthenticated: true,
      sub: '1',
      scope: 'openid',
      token: 'token',
      userInfo: user,
    })
  })

  test('redirects to addresses that a test can recognise', async () => {
    const app = makeApp().use(signedIn())
    const authorizationParameters = { prompt: 'login', vtr: ['Cl'], display: undefined }
    app.get('/in', req => void req.oidc.login({ returnTo: '/a', authorizationParameters }))
    app.get('/out', req => void req.oidc.logout({ returnTo: '/b' }))
    app.get('/leave', req => {
      const logoutParameters = { logout_hint: 'ann', id_token_hint: null, client_id: { as: 'app' } }
      void req.oidc.logout({ provider: false, logoutParameters })
    })
    app.get('/gold', requireAcr('gold'), ok)
    const locationOf = async (path: string): Promise<unknown> =>
      (await supertest(app).get(path).set(asPage).expect(303)).headers['location']
    expect(await locationOf('/in')).toBe(
      'https://provider.test/login?returnTo=%2Fa&prompt=login&vtr=%5B%22Cl%22%5D',
    )
    expect(await locationOf('/out')).toBe('https://provider.test/logout?returnTo=%2Fb')
    expect(await locationOf('/leave')).toBe(
      'https://provider.test/logout?returnTo=%2F&provider=false&logout_hint=ann',
    )
    expect(await locationOf('/gold?a=b')).toBe(
      'https://provider.test/login?returnTo=%2Fgold%3Fa%3Db&acr_values=gold',
    )
  })

  test('signedOut sends a page to sign in and a program away', async () => {
    const app = makeApp()
      .use(signedOut())
      .get(
        '/',
        withUser((_req, res) => res.send('ok')),
      )
    const page = await supertest(app).get('/').set(asPage).expect(303)
    expect(page.headers['location']).toBe('https://provider.test/login?returnTo=%2F')
    const { body } = await supertest(app).get('/').expect(401)
    expect(body).toMatchObject({ error: 'ERR_OIDC_UNAUTHENTICATED', loginUrl: 'https://app.test/login' })
  })

  test('a user who may not gets the page that he would get in the app', async () => {
    const app = makeApp()
      .use(signedIn())
      .get('/', requireClaims({ roles: 'admin' }), ok)
    const { text } = await supertest(app).get('/').set(asPage).expect(403)
    expect(text).toMatch(/reference: \w{8} \(ERR_OIDC_FORBIDDEN\)/)
  })
})

test('a request after signedIn has what it has after a real sign-in', async () => {
  const provider = await scriptedProvider()
  const shapes: object[] = []
  const note: RequestHandler = (req, _res, next) => {
    shapes.push(shapeOf(req.oidc), shapeOf(req.user))
    next()
  }
  const app = await startApp(provider.issuer, { after: under => under.use(note) })
  const browser = new Browser()
  await browser.open(`${app.url}/private`)
  shapes.length = 0
  await browser.open(`${app.url}/private`)
  const claims = { sub: '1', name: 'Una', email: 'u@example.test', sid: 's', auth_time: 1 }
  await supertest(express().use(signedIn(claims), note)).get('/')
  const [oidc, user, oidcInTest, userInTest] = shapes
  expect([oidcInTest, userInTest]).toEqual([oidc, user])
  await app.close()
  await provider.close()
})

/** The members of an object, whether they are its own or its class's, with their types. */
function shapeOf(object: object = {}): object {
  const prototype: object = Object.getPrototypeOf(object)
  const shared = prototype === Object.prototype ? [] : Object.getOwnPropertyNames(prototype)
  const names = [...Object.keys(object), ...shared.filter(name => name !== 'constructor')]
  const members = names.map(name => [name, typeof Reflect.get(object, name)] as const)
  return { ...Object.fromEntries(members), frozen: Object.isFrozen(object) }
}

describe('with NODE_ENV=production', () => {
  afterEach(() => void vi.unstubAllEnvs())

  test.each([
    ['signedIn', () => signedIn()],
    ['signedOut', () => signedOut()],
    ['signIn', () => signIn(supertest.agent(express()))],
    ['testProvider', () => testProvider()],
  ])('%s refuses to run', async (name, call) => {
    vi.stubEnv('NODE_ENV', 'production')
    await expect((async () => await call())()).rejects.toMatchObject({
      code: 'ERR_OIDC_TESTING_UNAVAILABLE',
      message: `${name}() of express-oidc-rp/testing does not run with NODE_ENV=production.`,
    })
  })
})

test('a misspelt option of signedIn is refused', () => {
  expect(() => signedIn({}, { scopes: 'openid' } as never)).toThrow('scopes is not an option')
  expect(() => signedIn({}, null as never)).toThrow('signedIn: the options must be an object')
})

test('express-session may stand before signedIn', async () => {
  const app = express().use(session({ secret: 'test', resave: false, saveUninitialized: false }), signedIn())
  const { status } = await supertest(app.get('/', requireUser(), ok)).get('/')
  expect(status).toBe(200)
})
