import type { Express } from 'express'
import { MemoryStore } from 'express-session'
import { expect } from 'vitest'
import type { OidcError } from '../../../src/index.ts'
import { asProgram, codeOf, expectSignIn, test } from '../../support/flow.ts'
import { accessToken, apiApp, call } from '../../support/tokens/bearer.ts'

const only = apiApp({ tokensOnly: true }, { session: false })

test('an app for tokens alone needs no session', async ({ provider, start, browser }) => {
  const app = await start(only)
  expect((await call(app, '/api', await accessToken(provider))).status).toBe(200)
  expect((await call(app, '/')).text).toBe('public')
  const answer = await call(app, '/api')
  expect([answer.status, answer.body]).toEqual([
    401,
    { error: 'ERR_OIDC_UNAUTHENTICATED', message: 'Sign in first.' },
  ])
  expect(answer.headers['www-authenticate']).toBe(`Bearer realm="${app.url}"`)
  const page = await browser.open(`${app.url}/api`, { follow: false })
  expect([page.status, codeOf(page)]).toEqual([401, 'ERR_OIDC_UNAUTHENTICATED'])
})

test('it has no routes', async ({ start, browser }) => {
  const app = await start(only)
  for (const path of ['/login', '/callback', '/logout', '/logout/callback'])
    expect((await browser.open(app.url + path)).status).toBe(404)
})

test('no session counts there, and nobody is sent to sign in', async ({ provider, start, browser }) => {
  const store = new MemoryStore()
  const shared = { session: { store } }
  const pages = await start(shared)
  await expectSignIn({ app: pages, browser })
  const after = (app: Express): void => {
    app.get(
      '/login-here',
      (req, res) => void req.oidc.login().catch((error: OidcError) => res.send(error.code)),
    )
  }
  const app = await start(apiApp({ tokensOnly: true }, { ...shared, after }))
  expect(await app.userOf(browser)).toBeNull()
  expect((await browser.open(`${app.url}/api`, asProgram)).status).toBe(401)
  expect((await browser.open(`${app.url}/login-here`)).text).toBe('ERR_OIDC_BROWSER_NEEDED')
  const headers = { authorization: `Bearer ${await accessToken(provider)}` }
  expect((await browser.open(`${app.url}/api`, { headers })).status).toBe(200)
})

test('nor does one whose UserInfo is due', async ({ start, browser }) => {
  const shared = { session: { store: new MemoryStore() } }
  const userInfo = { userInfo: { when: { every: 0.001 }, required: false } }
  await expectSignIn({ app: await start({ ...shared, relyingParty: userInfo }), browser })
  const app = await start(apiApp({ tokensOnly: true }, { ...shared, relyingParty: userInfo }))
  expect(await app.userOf(browser)).toBeNull()
  expect((await browser.open(`${app.url}/api`, asProgram)).status).toBe(401)
})

test('without saying so, an app without a session is told what is missing', async ({
  provider,
  start,
  browser,
}) => {
  const app = await start(apiApp({}, { session: false }))
  expect((await call(app, '/api', await accessToken(provider))).status).toBe(200)
  const wrong = await call(app, '/api', await accessToken(provider, { aud: 'another' }))
  expect([wrong.status, wrong.body.error]).toEqual([401, 'ERR_OIDC_BEARER_TOKEN_INVALID'])
  const answer = await browser.open(`${app.url}/api`, asProgram)
  expect([answer.status, codeOf(answer)]).toEqual([500, 'ERR_OIDC_SESSION_MISSING'])
})

test('scopes may be a list named scp', async ({ provider, start }) => {
  const app = await start(only)
  const read = await accessToken(provider, { scope: undefined, scp: ['read', 'write'] })
  expect((await call(app, '/api/read', read)).status).toBe(200)
  const write = await accessToken(provider, { scope: undefined, scp: ['write', 7] })
  expect((await call(app, '/api/read', write)).status).toBe(403)
})
