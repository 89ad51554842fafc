import { inspect } from 'node:util'
import type { Express } from 'express'
import supertest from 'supertest'
import { describe, expect } from 'vitest'
import { type OidcError, requireUser } from '../../../src/index.ts'
import { expectSignIn, locationOf, test } from '../../support/flow.ts'
import { accessToken, apiApp, call } from '../../support/tokens/bearer.ts'
import { toldEvents } from '../../support/told-events.ts'

test('without the option, an access token is ignored', async ({ provider, start, browser }) => {
  const app = await start()
  const token = await accessToken(provider)
  const answer = await call(app, '/private', token)
  expect([answer.status, answer.body.error]).toEqual([401, 'ERR_OIDC_UNAUTHENTICATED'])
  expect(answer.headers['www-authenticate']).toBe(`Session realm="${app.url}"`)
  await expectSignIn({ app, browser })
  const headers = { authorization: `Bearer ${token}` }
  expect((await browser.open(`${app.url}/private`, { headers })).status).toBe(200)
})

test('who sends nothing is told both ways in, and no error', async ({ start, browser }) => {
  const app = await start(apiApp())
  const answer = await call(app, '/api')
  expect([answer.status, answer.body]).toEqual([
    401,
    { error: 'ERR_OIDC_UNAUTHENTICATED', message: 'Sign in first.', loginUrl: `${app.url}/login` },
  ])
  expect(answer.headers['www-authenticate']).toBe(`Bearer realm="${app.url}", Session realm="${app.url}"`)
  const page = await browser.open(`${app.url}/api`, { follow: false })
  expect([page.status, locationOf(page).pathname]).toEqual([303, '/authorize'])
})

describe('with an access token and a cookie', () => {
  test('the token counts', async ({ provider, start, browser }) => {
    const app = await start(apiApp())
    await expectSignIn({ app, browser })
    const headers = { authorization: `Bearer ${await accessToken(provider, { sub: 'somebody-else' })}` }
    expect(JSON.parse((await browser.open(`${app.url}/me`, { headers })).text)).toMatchObject({
      sub: 'somebody-else',
    })
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })

  test.for(['made up', 'made-up', '', 'a.b.c'])(
    'a token that does not count makes nobody of the user: %j',
    async (token, { start, browser }) => {
      const app = await start(apiApp())
      await expectSignIn({ app, browser })
      const headers = { authorization: `Bearer ${token}` }
      expect((await browser.open(`${app.url}/me`, { headers })).text).toBe('null')
      expect(JSON.parse((await browser.open(`${app.url}/who`, { headers })).text)).toEqual({
        isAuthenticated: false,
        claims: null,
        scope: null,
        user: null,
      })
      const page = await browser.open(`${app.url}/private`, { headers, follow: false })
      expect([400, 401]).toContain(page.status)
      expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    },
  )

  test('the session is neither written nor renewed', async ({ provider, start, browser }) => {
    const app = await start(apiApp())
    const answer = await call(app, '/api', await accessToken(provider))
    expect([answer.status, answer.headers['set-cookie']]).toEqual([200, undefined])
    const page = await browser.open(`${app.url}/api`, {
      headers: { authorization: `Bearer ${await accessToken(provider)}` },
    })
    expect([page.status, await browser.cookies(app.url)]).toEqual([200, []])
  })
})

test('why a token did not count is told to those who listen, without the token', async ({
  provider,
  start,
}) => {
  const events = toldEvents()
  const app = await start(apiApp())
  const token = await accessToken(provider, { aud: 'https://other.example' })
  await call(app, '/api', token)
  const failures = events.filter(({ name }) => name === 'request.failed')
  expect(failures).toHaveLength(1)
  expect(failures[0]?.message['error']).toMatchObject({
    code: 'ERR_OIDC_BEARER_TOKEN_INVALID',
    message: expect.stringMatching(/: aud is "https:\/\/other\.example" instead of "[^"]+"\.$/),
  })
  const told = inspect([events, app.log], { depth: 12, maxStringLength: null })
  for (const part of token.split('.')) expect(told).not.toContain(part)
})

test.for([
  ['has no token', ['Bearer'], ''],
  ['has a space at the end', ['Bearer '], ''],
  ['has two tokens', ['Bearer a b'], ''],
  ['has characters that no token has', ['Bearer a"b'], ''],
  ['is there twice', ['Bearer right', 'Bearer right'], ''],
  ['is there twice, of two schemes', ['Basic YTpi', 'Bearer right'], ''],
  ['comes with a token in the query', ['Bearer right'], '?access_token=right'],
] as const)('an Authorization header that %s is refused', async ([, headers, query], { provider, start }) => {
  const app = await start(apiApp())
  const token = await accessToken(provider)
  const values = headers.map(value => value.replace('right', token))
  const answer = await supertest(app.url)
    .get(`/api${query.replace('right', token)}`)
    .set('accept', 'application/json')
    .set('authorization', values as unknown as string)
  expect([answer.status, answer.body.error]).toEqual([400, 'ERR_OIDC_BEARER_REQUEST_INVALID'])
  expect(answer.headers['www-authenticate']).toBe(`Bearer realm="${app.url}", error="invalid_request"`)
  expect((await call(app, '/api', token)).status).toBe(200)
})

test.for(['bearer', 'BEARER', 'Bearer  '])(
  'the scheme may be written %j',
  async (scheme, { provider, start }) => {
    const app = await start(apiApp())
    const authorization = `${scheme} ${await accessToken(provider)}`
    expect((await supertest(app.url).get('/api').set({ authorization })).status).toBe(200)
  },
)

test('a token in the query or in a form does not count', async ({ provider, start }) => {
  const app = await start(apiApp())
  const token = await accessToken(provider)
  expect((await call(app, `/api?access_token=${token}`)).status).toBe(401)
  const form = await supertest(app.url).post('/private').type('form').send({ access_token: token })
  expect(form.status).toBe(401)
})

test.for(['Basic YTpi', 'DPoPa.b.c', 'Bearertoken', ''])(
  '%j is no access token: the session counts',
  async (authorization, { start, browser }) => {
    const app = await start(apiApp())
    await expectSignIn({ app, browser })
    expect((await browser.open(`${app.url}/private`, { headers: { authorization } })).status).toBe(200)
  },
)

test('routes of the library do not look at the token', async ({ start, browser }) => {
  const app = await start(apiApp())
  const page = await browser.open(`${app.url}/login`, {
    follow: false,
    headers: { authorization: 'Bearer x' },
  })
  expect([page.status, locationOf(page).pathname]).toEqual([303, '/authorize'])
})

test('while the keys cannot be had, guards answer 503 and public pages go on', async ({
  provider,
  start,
}) => {
  const app = await start(apiApp())
  await app.rp.ready()
  const token = await accessToken(provider)
  await provider.stop()
  const answer = await call(app, '/api', token)
  expect([answer.status, answer.body.error]).toEqual([503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'])
  expect(answer.headers).toMatchObject({ 'retry-after': '5' })
  expect(answer.headers['www-authenticate']).toBeUndefined()
  expect((await call(app, '/', token)).text).toBe('public')
})

test('req.oidc gives the token that was presented, and cannot sign in or out', async ({
  provider,
  start,
}) => {
  const after = (app: Express): void => {
    app.get('/token', requireUser(), async (req, res) => void res.send(await req.oidc.getAccessToken()))
    app.get('/info', requireUser(), async (req, res) => void res.json(await req.oidc.fetchUserInfo()))
    for (const name of ['login', 'logout'] as const)
      app.get(`/${name}-here`, (req, _res, next) => void req.oidc[name]().catch(next))
    app.use((error: OidcError, _req: unknown, res: import('express').Response, _next: unknown) => {
      res.status(error.status).json({ error: error.code })
    })
  }
  const app = await start(apiApp({}, { after }))
  const token = await accessToken(provider)
  expect((await call(app, '/token', token)).text).toBe(token)
  expect((await call(app, '/info', token)).body.error).toBe('ERR_OIDC_ACCESS_TOKEN_REFUSED')
  provider.answer('userinfo', (request, response) => {
    expect(request.headers.authorization).toBe(`Bearer ${token}`)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"sub":"user-1","name":"Una"}')
  })
  expect((await call(app, '/info', token)).body).toEqual({ sub: 'user-1', name: 'Una' })
  for (const path of ['/login-here', '/logout-here']) {
    const answer = await call(app, path, token)
    expect([answer.status, answer.body.error]).toEqual([400, 'ERR_OIDC_BROWSER_NEEDED'])
  }
})
