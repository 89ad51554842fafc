import express, { type Express } from 'express'
import supertest from 'supertest'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { memoryStore, relyingParty, requireRecentLogin, requireScopes, requireUser } from '../../src/index.ts'
import { dpopCaller, type TestProvider, testProvider } from '../../src/testing.ts'

let provider: TestProvider

beforeEach(async () => {
  provider = await testProvider({ user: { sub: 'alice' } })
})

afterEach(() => provider.close())

const audience = 'https://api.example'

function buildApi(): Express {
  const api = relyingParty({
    issuer: provider.issuer,
    baseUrl: 'http://localhost:3001',
    store: memoryStore(),
    log: false,
    bearer: { audience, tokensOnly: true },
  })
  onTestFinished(() => api.close())
  const guarded = express().use(api)
  guarded.get('/me', requireUser(), (req, res) => res.json(req.user))
  guarded.get('/read', requireScopes('read'), (req, res) => res.json(req.user))
  guarded.get('/recent', requireRecentLogin({ maxAge: 60 }), (req, res) => res.json(req.user))
  return guarded
}

async function ask(path: string, token: string): Promise<[status: number, error: unknown, sub: unknown]> {
  const { status, body } = await supertest(buildApi()).get(path).auth(token, { type: 'bearer' })
  return [status, body.error, body.sub]
}

test('an access token is taken from the user of the provider, for its audience alone', async () => {
  expect(await ask('/me', await provider.issueAccessToken({ audience }))).toEqual([200, undefined, 'alice'])
  const other = await provider.issueAccessToken({ audience: 'https://other.example' })
  expect(await ask('/me', other)).toEqual([401, 'ERR_OIDC_BEARER_TOKEN_INVALID', undefined])
})

test('an access token may do what its scope says', async () => {
  const user = { sub: 'bob' }
  const token = await provider.issueAccessToken({ audience, user, scope: 'read' })
  expect(await ask('/read', token)).toEqual([200, undefined, 'bob'])
  const without = await provider.issueAccessToken({ audience, user })
  expect(await ask('/read', without)).toEqual([403, 'ERR_OIDC_FORBIDDEN', undefined])
})

test('an access token is of a sign-in just now, or of another time', async () => {
  expect((await ask('/recent', await provider.issueAccessToken({ audience })))[0]).toBe(200)
  const user = { auth_time: Math.floor(Date.now() / 1_000) - 3_600 }
  const [status, , sub] = await ask('/recent', await provider.issueAccessToken({ audience, user }))
  expect([status, sub]).toEqual([401, undefined])
})

test('an access token of the time before new keys counts no more', async () => {
  const old = await provider.issueAccessToken({ audience })
  await provider.rotateKeys()
  expect(await ask('/me', old)).toEqual([401, 'ERR_OIDC_BEARER_TOKEN_INVALID', undefined])
  expect((await ask('/me', await provider.issueAccessToken({ audience })))[0]).toBe(200)
})

test('an access token that is bound to a caller’s key passes with that caller’s proof', async () => {
  const [caller, stranger] = await Promise.all([dpopCaller(), dpopCaller()])
  const accessToken = await provider.issueAccessToken({ audience, jkt: caller.jkt })
  const guarded = buildApi()
  const url = 'http://localhost:3001/me'
  const send = async (by: typeof caller, nonce = '') =>
    supertest(guarded)
      .get('/me?x=1')
      .set(await by.headers({ url: `${url}?x=1`, accessToken, nonce }))
  const first = await send(caller)
  expect([first.status, first.body.error]).toEqual([401, 'ERR_OIDC_DPOP_NONCE_REQUIRED'])
  const nonce = first.headers['dpop-nonce']
  expect((await send(caller, nonce)).body).toMatchObject({ sub: 'alice' })
  expect((await send(stranger, nonce)).body.error).toBe('ERR_OIDC_DPOP_PROOF_INVALID')
  expect(await ask('/me', accessToken)).toEqual([401, 'ERR_OIDC_BEARER_TOKEN_INVALID', undefined])
})
