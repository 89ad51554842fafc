import { afterAll, beforeAll, expect, test } from 'vitest'
import { Browser } from '../support/browser.ts'
import { freePort } from '../support/processes/free-port.ts'
import { redirect, sendJson } from '../support/scripted-hydra/wire.ts'
import { type ScriptedHydra, scriptedHydra } from '../support/scripted-hydra.ts'
import { type Example, healthOf, installExample, type RunningExample } from './example.ts'

let example: Example
let hydra: ScriptedHydra
let app: RunningExample
let loginConsent: string

beforeAll(async () => {
  example = await installExample('hydra')
  hydra = await scriptedHydra({ asksUser: true })
  const port = await freePort()
  // As URLS_LOGIN, URLS_CONSENT and URLS_LOGOUT of compose.yaml say.
  hydra.answer('pages', ({ path, query }, response) => {
    redirect(response, 302, `http://127.0.0.1:${port}${path.replace('/ui', '')}?${query.toString()}`)
  })
  loginConsent = `http://127.0.0.1:${port}`
  const appPort = await freePort()
  // As URLS_ERROR and URLS_POST_LOGOUT_REDIRECT say.
  hydra.answer('fallbacks', ({ path, query }, response) => {
    const error = `http://127.0.0.1:${port}/error?${query.toString()}`
    redirect(response, 302, path.endsWith('/error') ? error : `http://127.0.0.1:${appPort}`)
  })
  app = await example.startFile('start.ts', {
    PORT: String(appPort),
    BASE_URL: `http://127.0.0.1:${appPort}`,
    ISSUER_BASE_URL: hydra.issuer,
    BACKCHANNEL_LOGOUT_URI: `http://localhost:${appPort}/backchannel-logout`,
    HYDRA_ADMIN_URL: hydra.issuer,
    LOGIN_CONSENT_PORT: String(port),
    NODE_ENV: 'production', // as in its Dockerfile
    SESSION_SECRET: 'a secret for this test',
  })
})

afterAll(async () => {
  await example.remove()
  await hydra.close()
})

test('answers health checks: the app and the login and consent app', async () => {
  await expect.poll(() => healthOf(app.url)).toBe(200)
  expect(await healthOf(loginConsent)).toBe(200)
})

test('has types', async () => {
  expect(await example.run('check')).toBe('') // tsc
})

test('asks for a password and for consent, and signs in and out', async () => {
  const browser = new Browser()
  const form = await browser.open(`${app.url}/profile`)
  expect(form.text).toContain('to continue to')
  const wrong = await browser.submit(form, { login: 'alice', password: 'rabbit' })
  expect([wrong.status, wrong.text.includes('The login or password is wrong.')]).toEqual([401, true])
  const consent = await browser.submit(wrong, { login: 'alice', password: 'wonderland' })
  expect(consent.text).toContain('You are signed in as <strong>alice</strong>')
  const profile = await browser.submit(consent, { decision: 'allow' })
  expect([profile.status, profile.url]).toEqual([200, `${app.url}/profile`])
  for (const claim of ['Alice Liddell', 'alice@example.com', 'admin']) expect(profile.text).toContain(claim)

  const asked = await browser.submit(await browser.open(app.url))
  expect(asked.text).toContain('Sign out?')
  const page = await browser.submit(asked, { decision: 'yes' })
  expect(page.url).toBe(`${app.url}/`)
  expect(page.text).toContain('You are not signed in.')
  expect(hydra.sessions.size).toBe(0)
})

test('tells the app when the user denies it what it wants', async () => {
  const browser = new Browser()
  const form = await browser.open(`${app.url}/profile`)
  const consent = await browser.submit(form, { login: 'bob', password: 'builder' })
  const denied = await browser.submit(consent, { decision: 'deny' })
  expect([denied.status, new URL(denied.url).origin]).toEqual([403, app.url])
  expect(denied.text).toContain('ERR_OIDC_ACCESS_DENIED')
  expect((await browser.open(app.url)).text).toContain('You are not signed in.')
})

test('asks nothing when Hydra remembers user and consent', async () => {
  const said = { skip: true, subject: 'bob', client: { client_id: 'any' } }
  hydra.answer('admin', async (request, response) => {
    if (request.method === 'PUT') return hydra.usualAnswer('admin')(request, response)
    sendJson(response, 200, { ...said, requested_scope: ['openid', 'profile', 'email'] })
  })
  const profile = await new Browser().open(`${app.url}/profile`)
  hydra.answer('admin', undefined)
  expect([profile.status, profile.url]).toEqual([200, `${app.url}/profile`])
  expect(profile.text).toContain('Bob Builder')
})

test('lets Hydra remember who signed in and what was allowed', async () => {
  await signedIn('bob', 'builder')
  const answers = hydra.requestsTo('admin').filter(({ method }) => method === 'PUT')
  const [login, allowed] = answers.slice(-2).map(({ body }) => JSON.parse(body))
  expect(login).toMatchObject({ subject: 'bob', remember: true, remember_for: expect.any(Number) })
  expect(allowed).toMatchObject({ grant_scope: ['openid', 'profile', 'email'], remember: true })
})

test('shows what Hydra cannot tell the app', async () => {
  const page = await new Browser().open(`${hydra.issuer}/oauth2/auth?client_id=gone`)
  expect([page.status, new URL(page.url).pathname]).toEqual([400, '/error'])
  expect(page.text).toContain('The requested OAuth 2.0 Client does not exist.')
  const evil = await new Browser().open(page.url.replace(/error=[^&]*/, 'error=<b>x</b>'))
  expect(evil.text).not.toContain('<b>x</b>')
})

test('says so when a sign-in is over', async () => {
  const browser = new Browser()
  const form = await browser.open(`${app.url}/profile`)
  await browser.submit(form, { login: 'bob', password: 'builder' })
  const again = await browser.submit(form, { login: 'bob', password: 'builder' })
  expect([again.status, again.text.includes('This sign-in has ended')]).toEqual([502, true])
})

test('signs out of the app when the session ends at Hydra', async () => {
  const [ending, other] = [await signedIn('alice', 'wonderland'), await signedIn('bob', 'builder')]
  const asked = await ending.open(`${hydra.issuer}/oauth2/sessions/logout`)
  expect((await ending.submit(asked, { decision: 'yes' })).url).toBe(`${app.url}/`)
  await expect.poll(() => hydra.deliveries.at(-1)?.answers).toEqual([200])
  expect(hydra.deliveries.at(-1)?.uri).toBe(`${app.url.replace('127.0.0.1', 'localhost')}/backchannel-logout`)
  expect((await ending.open(app.url)).text).toContain('You are not signed in.')
  expect((await other.open(app.url)).text).toContain('Hello Bob Builder')
})

async function signedIn(login: string, password: string): Promise<Browser> {
  const browser = new Browser()
  const consent = await browser.submit(await browser.open(`${app.url}/profile`), { login, password })
  await browser.submit(consent, { decision: 'allow' })
  return browser
}
