import express from 'express'
import session from 'express-session'
import supertest from 'supertest'
import { expect, onTestFinished, test } from 'vitest'
import { memoryStore, relyingParty, requireUser } from '../../../src/index.ts'
import { signIn, type TestAgent, type TestAnswer, testProvider } from '../../../src/testing.ts'

const baseUrl = ['http://localhost:3000', 'http://shop.localhost:3000']

test.each(baseUrl)('a real provider takes a user back to %s, and out again', async here => {
  const provider = await testProvider({ user: { sub: 'alice' } })
  const rp = relyingParty({ issuer: provider.issuer, baseUrl, store: memoryStore(), log: false })
  onTestFinished(async () => {
    await rp.close()
    await provider.close()
  })
  const app = express().use(session({ secret: 'test', resave: false, saveUninitialized: false }), rp)
  app.get('/me', requireUser(), (req, res) => res.json(req.user))
  const agent = supertest.agent(app)
  const { host } = new URL(here)
  const get = (path: string) => agent.get(path).set('Host', host)
  const sending: TestAgent<TestAnswer> = { get }

  await rp.ready()
  const returned = await signIn(sending, { path: '/me' })
  expect(returned.headers['location']).toBe(`${here}/me`)
  expect((await get('/me')).body).toMatchObject({ sub: 'alice' })
  const left = await get('/logout').set('Sec-Fetch-Site', 'same-origin').set('Accept', 'text/html')
  const { searchParams } = new URL(left.headers['location'] ?? '')
  expect(searchParams.get('post_logout_redirect_uri')).toBe(`${here}/logout/callback`)
})
