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
    baseUrl: 'http://localhost:3000', // nothing needs to listen there
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

const tokenFor = (user: TestClaims) => provider.issueAccessToken({ audience, user })

describe('with an access token', () => {
  test('an API client reads and creates orders for its user', async () => {
    const token = await tokenFor(bob)
    const item = 'A hammer'
    await request(app).post('/api/orders').auth(token, { type: 'bearer' }).send({ item }).expect(201)
    const response = await request(app).get('/api/orders').auth(token, { type: 'bearer' }).expect(200)
    expect(response.body).toEqual([
      { id: '2', owner: 'bob', item: 'A spirit level' },
      { id: '3', owner: 'bob', item },
    ])
    expect(response.headers['set-cookie']).toBeUndefined()
  })

  test('only an admin can remove an order', async () => {
    const refused = await request(app)
      .delete('/api/orders/2')
      .auth(await tokenFor(bob), { type: 'bearer' })
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([
      403,
      expect.stringContaining('insufficient_scope'),
    ])
    const token = await tokenFor(alice)
    await request(app).delete('/api/orders/2').auth(token, { type: 'bearer' }).expect(204)
  })

  test('an admin who signed in an hour ago must sign in again', async () => {
    const token = await tokenFor({ ...alice, auth_time: Math.floor(Date.now() / 1000) - 3600 })
    const response = await request(app).delete('/api/orders/1').auth(token, { type: 'bearer' }).expect(401)
    expect(response.headers['www-authenticate']).toContain('insufficient_user_authentication')
    expect((await request(app).get('/api/orders').auth(token, { type: 'bearer' })).body).toHaveLength(1)
  })

  test.each([
    ['for another API', () => provider.issueAccessToken({ audience: 'https://other.example' })],
    ['that was made up', async () => 'made-up'],
  ])('%s, access is refused', async (_name, makeToken) => {
    const response = await request(app)
      .get('/api/orders')
      .auth(await makeToken(), { type: 'bearer' })
      .expect(401)
    expect(response.headers['www-authenticate']).toContain('invalid_token')
  })
})

test('an access token takes precedence over the session', async () => {
  const agent = request.agent(app)
  await signIn(agent)
  const token = await tokenFor(bob)
  expect((await agent.get('/api/orders').auth(token, { type: 'bearer' })).body).toMatchObject([
    { owner: 'bob' },
  ])
  expect((await agent.get('/api/orders')).body).toMatchObject([{ owner: 'alice' }])
})

test('without either, the 401 names both', async () => {
  const response = await request(app).get('/api/orders').expect(401)
  expect(response.headers['www-authenticate']).toMatch(/^Bearer .*, Session /)
})
