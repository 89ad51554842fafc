import express, { type Express } from 'express'
import session from 'express-session'
import supertest from 'supertest'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import {
  memoryStore,
  type RelyingPartyMiddleware,
  relyingParty,
  requireAcr,
  requireClaims,
  requireRecentLogin,
  requireScopes,
  requireUser,
} from '../../src/index.ts'
import { signIn, type TestProvider, testProvider } from '../../src/testing.ts'
import { startApp } from '../support/app.ts'
import { Browser } from '../support/browser.ts'

let provider: TestProvider
let rp: RelyingPartyMiddleware
let app: Express

beforeEach(async () => {
  provider = await testProvider({ user: { sub: 'alice', name: 'Alice', roles: ['editor'] } })
  rp = relyingParty({
    issuer: provider.issuer,
    baseUrl: 'http://localhost:3000',
    store: memoryStore(),
    log: false,
    providerTimeout: 0.3,
  })
  app = express().use(session({ secret: 'test', resave: false, saveUninitialized: false }), rp)
  app.get('/me', requireUser(), (req, res) => res.json(req.user))
  app.get('/admin', requireClaims({ 'realm_access.roles': 'admin' }), (_req, res) => res.send('admin'))
  app.get('/email', requireScopes('email'), (_req, res) => res.send('email'))
  app.get('/gold', requireAcr('gold'), (_req, res) => res.send('gold'))
  app.get('/recent', requireRecentLogin({ maxAge: 60 }), (_req, res) => res.send('recent'))
})

afterEach(async () => {
  await rp.close()
  await provider.close()
})

/** What the app says to a sign-in, and whether somebody is signed in then. */
async function attempt(
  agent = supertest.agent(app),
): Promise<[status: number, error: unknown, after: number]> {
  const answer = await signIn(agent)
  const error = /reference: \w{8} \((\w+)\)/.exec(answer.text)?.[1]
  return [answer.status, error, (await agent.get('/me')).status]
}

const signsIn = [303, undefined, 200]

describe('signIn', () => {
  test('signs the user of the provider in', async () => {
    const agent = supertest.agent(app)
    const answer = await signIn(agent)
    expect([answer.status, answer.headers['location']]).toEqual([303, 'http://localhost:3000/'])
    const { body } = await agent.get('/me').expect(200)
    expect(body).toMatchObject({
      iss: provider.issuer,
      sub: 'alice',
      name: 'Alice',
      roles: ['editor'],
      amr: ['pwd'],
    })
  })

  test('signs somebody else in, with claims of every kind', async () => {
    const agent = supertest.agent(app)
    await signIn(agent, { user: { sub: 'böb', realm_access: { roles: ['admin'] } } })
    expect((await agent.get('/me')).body).toMatchObject({ sub: 'böb', realm_access: { roles: ['admin'] } })
    expect((await agent.get('/admin')).status).toBe(200)
    expect((await agent.get('/email')).status).toBe(200)
  })

  test('begins at a guarded page and ends there', async () => {
    const answer = await signIn(supertest.agent(app), { path: '/admin?tab=2' })
    expect(answer.headers['location']).toBe('http://localhost:3000/admin?tab=2')
  })

  test('steps up: the user signs in as strongly as he is asked to', async () => {
    const agent = supertest.agent(app)
    await signIn(agent)
    expect((await agent.get('/gold')).status).toBe(401)
    await signIn(agent, { path: '/gold' })
    expect((await agent.get('/gold')).status).toBe(200)
  })

  test('steps up in vain, if the user is told to be weaker', async () => {
    const agent = supertest.agent(app)
    await signIn(agent)
    await signIn(agent, { path: '/gold', user: { sub: 'alice', acr: 'bronze' } })
    expect((await agent.get('/gold').set('Accept', 'text/html')).status).toBe(403)
  })

  test('signs in as of an hour ago', async () => {
    const agent = supertest.agent(app)
    await signIn(agent, { user: { auth_time: Math.floor(Date.now() / 1_000) - 3_600 } })
    expect((await agent.get('/recent')).status).toBe(401)
    await signIn(agent, { path: '/recent' })
    expect((await agent.get('/recent')).status).toBe(200)
  })
})

describe('a fault that the test asks for', () => {
  test('an expired code, once', async () => {
    provider.expireCode()
    expect(await attempt()).toEqual([400, 'ERR_OIDC_CODE_REFUSED', 401])
    expect(await attempt()).toEqual(signsIn)
  })

  test('a wrong nonce, once', async () => {
    provider.spoilNonce()
    expect(await attempt()).toEqual([400, 'ERR_OIDC_ID_TOKEN_INVALID', 401])
    expect(await attempt()).toEqual(signsIn)
  })

  test('new keys, which the app fetches by itself', async () => {
    expect(await attempt()).toEqual(signsIn)
    await provider.rotateKeys()
    expect(await attempt()).toEqual(signsIn)
  })

  test('an outage before the app has registered, and the end of it', async () => {
    await provider.stop()
    const agent = supertest.agent(app)
    expect(await attempt(agent)).toEqual([503, expect.stringMatching(/^ERR_OIDC_/), 401])
    await provider.start()
    await provider.start() // as by a button that is pressed twice
    await rp.ready()
    expect(await attempt(agent)).toEqual(signsIn)
  })

  test('slowness, until it is over', async () => {
    await rp.ready()
    const begun = Date.now()
    provider.slow(0.05)
    expect(await attempt()).toEqual(signsIn)
    expect(Date.now() - begun).toBeGreaterThan(200)
    provider.slow(0)
    expect(await attempt()).toEqual(signsIn)
  })

  test('a client that was deleted', async () => {
    expect(await attempt()).toEqual(signsIn)
    provider.deleteClient('another')
    expect(await attempt()).toEqual(signsIn)
    provider.deleteClient(rp.status().clientId)
    await expect(attempt()).rejects.toMatchObject({ code: 'ERR_OIDC_AUTHORIZATION_FAILED' })
  })
})

test('tells every app when a session ends at the provider', async () => {
  const { url, close } = await startApp(provider.issuer)
  onTestFinished(close)
  const [ending, other] = [new Browser(), new Browser()]
  for (const browser of [ending, other])
    expect((await browser.open(`${url}/private`)).text).toContain('Alice')
  const page = await ending.submit(await ending.open(`${provider.issuer}/session/end`), { logout: 'yes' })
  expect(page.text).toContain('You are signed out.')
  expect((await ending.open(`${url}/me`)).text).toBe('null')
  expect((await other.open(`${url}/private`, { follow: false })).text).toContain('Alice')
})

test('a browser that signs out at the provider is not asked, and comes back', async () => {
  const { url, close } = await startApp(provider.issuer)
  onTestFinished(close)
  const browser = new Browser()
  expect((await browser.open(`${url}/private`)).text).toContain('Alice')
  const page = await browser.post(`${url}/logout`, {})
  expect(page.url).toContain(provider.issuer)
  expect(page.text).toContain('.requestSubmit(')
  expect(page.text).not.toContain('https:') // it loads nothing from elsewhere
  expect((await browser.submit(page, { logout: 'yes' })).url).toBe(`${url}/`)
})
