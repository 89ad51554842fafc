import type { Express } from 'express'
import { memoryStore, relyingParty } from 'express-oidc-rp'
import { signIn, type TestClaims, type TestProvider, testProvider } from 'express-oidc-rp/testing'
import session from 'express-session'
import request from 'supertest'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { audience } from '../src/auth.ts'

const alice = { sub: 'alice', roles: ['admin'] }
const bob = { sub: 'bob', roles: [] }

let provider: TestProvider
let auth: ReturnType<typeof relyingParty>
let app: Express

beforeEach(async () => {
  provider = await testProvider({ user: alice })
  auth = relyingParty({
    issuer: provider.issuer,
    baseUrl: 'http://localhost:3000', // nothing has to listen there
    store: memoryStore(),
    log: false,
    bearer: { audience },
  })
  app = createApp(session({ secret: 'for tests', resave: false, saveUninitialized: false }), auth)
})

afterEach(async () => {
  await auth.close()
  await provider.close()
})

const tokenOf = (user: TestClaims) => provider.issueAccessToken({ audience, user })

describe('with an access token', () => {
  test('a program sees and makes orders of its user', async () => {
    const token = await tokenOf(bob)
    const item = 'A hammer'
    await request(app).post('/api/orders').auth(token, { type: 'bearer' }).send({ item }).expect(201)
    const answer = await request(app).get('/api/orders').auth(token, { type: 'bearer' }).expect(200)
    expect(answer.body).toEqual([
      { id: '2', owner: 'bob', item: 'A spirit level' },
      { id: '3', owner: 'bob', item },
    ])
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

  test('an admin removes an order, and nobody else does', async () => {
    const ofBob = await request(app)
      .delete('/api/orders/2')
      .auth(await tokenOf(bob), { type: 'bearer' })
    expect([ofBob.status, ofBob.headers['www-authenticate']]).toEqual([
      403,
      expect.stringContaining('insufficient_scope'),
    ])
    const ofAlice = await tokenOf(alice)
    await request(app).delete('/api/orders/2').auth(ofAlice, { type: 'bearer' }).expect(204)
  })

  test('of a sign-in an hour ago, an admin must sign in again', async () => {
    const token = await tokenOf({ ...alice, auth_time: Math.floor(Date.now() / 1000) - 3600 })
    const answer = await request(app).delete('/api/orders/1').auth(token, { type: 'bearer' }).expect(401)
    expect(answer.headers['www-authenticate']).toContain('insufficient_user_authentication')
    expect((await request(app).get('/api/orders').auth(token, { type: 'bearer' })).body).toHaveLength(1)
  })

  test.each([
    ['for another API', () => provider.issueAccessToken({ audience: 'https://other.example' })],
    ['that somebody made up', async () => 'made-up'],
  ])('%s, nobody gets in', async (_which, make) => {
    const answer = await request(app)
      .get('/api/orders')
      .auth(await make(), { type: 'bearer' })
      .expect(401)
    expect(answer.headers['www-authenticate']).toContain('invalid_token')
  })
})

test('an access token counts more than the session of the browser', async () => {
  const agent = request.agent(app)
  await signIn(agent)
  const token = await tokenOf(bob)
  expect((await agent.get('/api/orders').auth(token, { type: 'bearer' })).body).toMatchObject([
    { owner: 'bob' },
  ])
  expect((await agent.get('/api/orders')).body).toMatchObject([{ owner: 'alice' }])
})

test('without either, both ways in are named', async () => {
  const answer = await request(app).get('/api/orders').expect(401)
  expect(answer.headers['www-authenticate']).toMatch(/^Bearer .*, Session /)
})
