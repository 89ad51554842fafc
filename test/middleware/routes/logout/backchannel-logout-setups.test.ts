import express, { type Express, type RequestHandler } from 'express'
import session from 'express-session'
import request from 'supertest'
import { describe, expect } from 'vitest'
import {
  memoryStore,
  type RelyingPartyMiddleware,
  type RelyingPartyOptions,
  relyingParty,
} from '../../../../src/index.ts'
import {
  isSignedIn,
  logOut,
  logoutToken,
  postLogout,
  showLogin,
  test,
  visit,
} from '../../../support/logout.ts'

/** What apps mount in front, and what the request then looks like. */
const parsers: readonly (readonly [string, RequestHandler])[] = [
  ['has parsed the form', express.urlencoded({ extended: true })],
  ['has parsed the form without qs', express.urlencoded({ extended: false })],
  ['has read the body as text', express.text({ type: '*/*' })],
  ['has read the body as bytes', express.raw({ type: '*/*' })],
  ['has parsed JSON only', express.json()],
]

const refuseForeignPosts: RequestHandler = (req, res, next) => {
  if (req.method === 'POST' && req.headers['x-csrf-token'] === undefined) res.sendStatus(403)
  else next()
}

describe('a logout token is taken', () => {
  test.for(parsers)('where the app %s', async ([, parser], { start, provider }) => {
    const app = await start({ before: mounted => void mounted.use(parser), after: showLogin })
    const visitor = await visit(app)
    expect(await logOut(provider, app, { sid: visitor.sid })).toBe(200)
    expect(await isSignedIn(visitor, app)).toEqual([false])
    const twice = new URLSearchParams([
      ['logout_token', 'a'],
      ['logout_token', 'b'],
    ])
    const answer = await fetch(`${app.url}/backchannel-logout`, { method: 'POST', body: twice })
    expect(answer.status).toBe(400)
  })

  test('by the handler in front of CSRF protection for the whole app, which stops the route', async ({
    start,
    provider,
  }) => {
    const mounted: { rp?: RelyingPartyMiddleware } = {}
    const before = (app: Express): void => {
      app.post('/early', (req, res, next) => mounted.rp?.handlers.backchannelLogout(req, res, next))
      app.use(refuseForeignPosts)
    }
    const app = await start({ before, after: showLogin })
    mounted.rp = app.rp
    const visitor = await visit(app)
    const token = await logoutToken(provider, { sid: visitor.sid })
    expect((await postLogout(app, token)).status).toBe(403)
    expect((await postLogout(app, token, '/early')).status).toBe(200)
    expect(await isSignedIn(visitor, app)).toEqual([false])
  })

  test('by the handler in front of express-session, where the options say where the sessions are', async ({
    start,
    provider,
  }) => {
    const store = new session.MemoryStore()
    const own = memoryStore()
    const one = await start({ session: { store }, relyingParty: { store: own }, after: showLogin })
    const visitor = await visit(one)
    const shared = { store: own, baseUrl: one.url, start: 'first-use' } as const
    const bare = async (options: Partial<RelyingPartyOptions>): Promise<number> => {
      const rp = relyingParty({
        issuer: provider.issuer,
        log: false,
        ...shared,
        ...options,
      } as RelyingPartyOptions)
      const answer = await request(express().post('/out', rp.handlers.backchannelLogout))
        .post('/out')
        .type('form')
        .send({ logout_token: await logoutToken(provider, { sid: visitor.sid }) })
      await rp.close()
      return answer.status
    }
    expect(await bare({})).toBe(503)
    expect(await isSignedIn(visitor, one)).toEqual([true])
    expect(await bare({ sessionStore: store })).toBe(200)
    expect(await isSignedIn(visitor, one)).toEqual([false])
  })

  test('without a session row for it, with saveUninitialized too', async ({ start, provider }) => {
    const store = new session.MemoryStore()
    const app = await start({ session: { store, saveUninitialized: true }, after: showLogin })
    const visitor = await visit(app)
    const rows = (): number => Object.keys(Reflect.get(store, 'sessions')).length
    const before = rows()
    expect(await logOut(provider, app, { sid: 'unknown' })).toBe(200)
    expect(rows()).toBe(before)
    expect(await logOut(provider, app, { sid: visitor.sid })).toBe(200)
    expect(rows()).toBe(before - 1)
  })
})

test('a logout token ends a session with a long sid', async ({ app, provider }) => {
  const sid = 's'.repeat(2_048)
  provider.idToken = (claims, header) => ({ claims: { ...claims, sid }, header })
  const visitor = await visit(app)
  expect(await logOut(provider, app, { sid: sid.slice(1) })).toBe(200)
  expect(await isSignedIn(visitor, app)).toEqual([true])
  expect(await logOut(provider, app, { sid })).toBe(200)
  expect(await isSignedIn(visitor, app)).toEqual([false])
})
