import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { afterEach, expect, test } from 'vitest'
import { type LocalProviderOptions, startProvider } from '../../examples/provider/provider.ts'
import { Browser, signIn } from '../support/browser.ts'
import {
  plainFlow,
  type RegisteredClient,
  register,
  startPlainApp,
} from '../support/providers/plain-client.ts'

const cleanups: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

test('registers, reads, updates with a new access token, and deletes a client', async () => {
  const { issuer, requests } = await start()
  const client = await register(issuer, {
    redirect_uris: ['http://localhost:3000/callback'],
    client_name: 'One',
  })
  const manage = (token: string, init: RequestInit = {}) =>
    fetch(client.registration_client_uri, {
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    })

  const read = await manage(client.registration_access_token)
  expect(await read.json()).toMatchObject({ client_id: client.client_id, client_name: 'One' })

  const ask = {
    client_id: client.client_id,
    redirect_uris: ['http://localhost:3000/callback'],
    client_name: 'Two',
  }
  const update = await manage(client.registration_access_token, { method: 'PUT', body: JSON.stringify(ask) })
  const updated = (await update.json()) as RegisteredClient
  expect(updated).toMatchObject({ client_name: 'Two', client_secret: client.client_secret })
  expect(updated.registration_access_token).not.toBe(client.registration_access_token)
  expect((await manage(client.registration_access_token)).status).toBe(401)

  expect((await manage(updated.registration_access_token, { method: 'DELETE' })).status).toBe(204)
  expect((await manage(updated.registration_access_token)).status).toBe(401)
  expect(requests.map(({ method, status }) => `${method} ${status}`)).toEqual([
    'GET 200',
    'POST 201',
    'GET 200',
    'PUT 200',
    'GET 401',
    'DELETE 204',
    'GET 401',
  ])
})

test('signs a user in after a wrong password, and hands out tokens and claims', async () => {
  const { flow, browser } = await startFlow()
  const loginPage = await browser.open(flow.url)
  expect(loginPage.text).toContain('<title>Sign in</title>')

  const again = await browser.submit(loginPage, { login: 'alice"><b>', password: 'rabbit' })
  expect(again).toMatchObject({
    status: 401,
    text: expect.stringContaining('The login or password is wrong.'),
  })
  expect(again.text).not.toContain('<b>')

  const consentPage = await browser.submit(again, { login: 'alice', password: 'wonderland' })
  expect(consentPage.text).toContain('read your email address')
  const tokens = await flow.exchange(await browser.submit(consentPage, { decision: 'allow' }))

  expect(tokens.claims()).toMatchObject({ sub: 'alice', sid: expect.any(String) })
  expect(tokens.refresh_token).toEqual(expect.any(String))
  expect(await flow.userInfo(tokens.access_token)).toEqual({
    sub: 'alice',
    name: 'Alice Liddell',
    given_name: 'Alice',
    family_name: 'Liddell',
    preferred_username: 'alice',
    email: 'alice@example.com',
    email_verified: true,
    roles: ['admin'],
  })
})

test('tells the client that the user denied', async () => {
  const { flow, browser } = await startFlow()
  const login = await browser.open(flow.url)
  const consent = await browser.submit(login, { login: 'bob', password: 'builder' })
  const back = await browser.submit(consent, { decision: 'deny' })
  expect(new URL(back.url).searchParams.get('error')).toBe('access_denied')
})

test('refuses an authorization request without PKCE', async () => {
  const { flow, browser } = await startFlow()
  const url = new URL(flow.url)
  url.searchParams.delete('code_challenge')
  url.searchParams.delete('code_challenge_method')
  const back = await browser.open(url.href)
  expect(new URL(back.url).searchParams.get('error')).toBe('invalid_request')
})

test('renders errors that no client can be told, and sign-ins that are over', async () => {
  const { issuer, flow, browser } = await startFlow()
  const unknown = await browser.open(`${issuer}/auth?client_id=%3Cb%3E`)
  expect(unknown).toMatchObject({ status: 400, text: expect.stringContaining('invalid_client') })
  expect(unknown.text).not.toContain('<b>')

  const { url } = await browser.open(flow.url)
  expect(await new Browser().open(url)).toMatchObject({
    status: 400,
    text: expect.stringContaining('has ended'),
  })
})

test('signs out through its page, tells the app by back-channel and leads back', async () => {
  const { flow, app, browser } = await startFlow()
  const tokens = await flow.exchange(await signIn(browser, flow.url))
  const page = await browser.open(flow.logoutUrl(tokens.id_token))
  expect(page.text).toContain('<title>Sign out of the provider?</title>')

  const back = await browser.submit(page, { logout: 'yes' })
  expect(back.url).toBe(`${app.url}/logout/callback?state=left`)
  const { sid } = decodeJwt(tokens.id_token ?? '')
  expect(app.logoutTokens.map(token => decodeJwt(token))).toMatchObject([{ sub: 'alice', sid }])
  expect((await browser.open(flow.url)).text).toContain('name="password"')
})

test('ends a session without its browser, and tells the app once', async () => {
  const { provider, flow, app, browser } = await startFlow()
  const tokens = await flow.exchange(await signIn(browser, flow.url))
  const sid = String(decodeJwt(tokens.id_token ?? '')['sid'])
  await provider.endSession('of nobody')
  expect(app.logoutTokens).toEqual([])

  await provider.endSession(sid)
  expect(app.logoutTokens.map(token => decodeJwt(token))).toMatchObject([{ sub: 'alice', sid }])
  expect((await browser.open(flow.url)).text).toContain('name="password"')
  await provider.endSession(sid)
  expect(app.logoutTokens).toHaveLength(1)
})

test('shows its own page when a signed-in user signs out for no client', async () => {
  const { issuer, flow, browser } = await startFlow()
  await signIn(browser, flow.url)
  const page = await browser.open(`${issuer}/session/end`)
  const out = await browser.submit(page, { logout: 'yes' })
  expect(out.text).toContain('<title>You are signed out</title>')
})

test('keeps clients, signing keys and browser sessions over a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'local-provider-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  const clientsFile = join(folder, 'kept', 'clients.json')
  const { issuer, provider, flow, browser } = await startFlow({ clientsFile })
  const before = await flow.exchange(await signIn(browser, flow.url))
  await provider.close()

  const { port } = new URL(issuer)
  await start({ clientsFile, port: Number(port) })
  const consentPage = await browser.open(flow.url)
  expect(consentPage.text).toContain('You are signed in as <strong>alice</strong>')
  const after = await flow.exchange(await browser.submit(consentPage, { decision: 'allow' }))
  const { sid } = decodeJwt(before.id_token ?? '')
  expect(after.claims()).toMatchObject({ sub: 'alice', sid })
  expect((await readdir(join(folder, 'kept'))).sort()).toEqual(['clients.json', 'keys.json'])
  expect((await stat(clientsFile)).mode & 0o777).toBe(0o600)
})

async function start(options?: LocalProviderOptions) {
  const provider = await startProvider(options)
  cleanups.push(() => provider.close())
  return provider
}

async function startFlow(options?: LocalProviderOptions) {
  const provider = await start(options)
  const app = await startPlainApp()
  cleanups.push(() => app.close())
  const flow = await plainFlow(provider.issuer, app.url)
  return { issuer: provider.issuer, provider, app, flow, browser: new Browser() }
}
