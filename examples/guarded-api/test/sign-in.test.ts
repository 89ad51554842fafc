import { memoryStore, relyingParty } from 'express-oidc-rp'
import { signIn, type TestProvider, testProvider } from 'express-oidc-rp/testing'
import session from 'express-session'
import request from 'supertest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'

let provider: TestProvider
let auth: ReturnType<typeof relyingParty>

beforeAll(async () => {
  provider = await testProvider({ user: { sub: 'alice', name: 'Alice', roles: ['admin'] } })
  const baseUrl = 'http://localhost:3000' // nothing needs to listen there
  auth = relyingParty({ issuer: provider.issuer, baseUrl, store: memoryStore(), log: false })
})

afterAll(async () => {
  await auth.close()
  await provider.close()
})

test('a real sign-in shows the orders of the user', async () => {
  const app = createApp(session({ secret: 'for tests', resave: false, saveUninitialized: false }), auth)
  const agent = request.agent(app)
  await signIn(agent, { path: '/orders' })
  const response = await agent.get('/api/orders').expect(200)
  expect(response.body).toEqual([{ id: '1', owner: 'alice', item: 'A looking-glass' }])
})
