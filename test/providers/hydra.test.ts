import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect } from 'vitest'
import { memoryStore, type Store } from '../../src/index.ts'
import { Browser } from '../support/browser.ts'
import { expectRefusal, locationOf } from '../support/flow.ts'
import { test } from '../support/hydra-flow.ts'

describe('registration', () => {
  test('works although discovery does not say where', async ({ app, hydra }) => {
    await app.rp.ready()
    expect(hydra.requestsTo('register')).toHaveLength(1)
    const [clientId] = hydra.clients.keys()
    expect(app.rp.status()).toMatchObject({ state: 'ready', clientId })
  })

  test('goes where the options say, when Hydra advertises a wrong address', async ({ hydra, start }) => {
    hydra.registration = { enabled: true, advertised: `${hydra.issuer}/nowhere` }
    const registration_endpoint = `${hydra.issuer}/oauth2/register`
    const app = await start({ issuer: hydra.issuer, relyingParty: { endpoints: { registration_endpoint } } })
    await app.rp.ready()
    expect(hydra.clients.size).toBe(1)
  })

  test('says in Hydra’s words and ours what to do when it is switched off', async ({
    app,
    hydra,
    browser,
  }) => {
    hydra.registration = { enabled: false, advertised: true }
    await expect(app.rp.ready()).rejects.toMatchObject({ code: 'ERR_OIDC_REGISTRATION_REFUSED' })
    expect(app.log.join('\n')).toContain('Dynamic registration is not enabled')
    expect(app.log.join('\n')).toContain('Enable dynamic client registration at the provider')
    expect((await browser.open(app.url)).text).toBe('public')
    const page = await browser.open(`${app.url}/private`)
    await expectRefusal(page, [503, 'ERR_OIDC_REGISTRATION_REFUSED'], { app, browser })
  })

  test('whose answer is lost is made again, and the orphan is named', async ({ hydra, start, directory }) => {
    hydra.loseAnswer('register')
    const first = await start({ issuer: hydra.issuer, directory })
    await expect.poll(() => first.rp.status().state).toBe('failing')
    const port = Number(new URL(first.url).port)
    await first.close()
    const second = await start({ issuer: hydra.issuer, directory, port })
    await second.rp.ready()
    expect(hydra.clients.size).toBe(2)
    expect(second.log.join('\n')).toContain('had no answer')
  })
})

describe('sign-in', () => {
  test('shows the app the user, without what only Hydra needs', async ({ app, hydra, browser }) => {
    const page = await browser.open(`${app.url}/private?tab=2`)
    expect([page.status, page.url]).toEqual([200, `${app.url}/private?tab=2`])
    expect(await app.userOf(browser)).toEqual({
      iss: hydra.issuer,
      sub: 'user-1',
      sid: expect.any(String),
      auth_time: expect.any(Number),
      name: 'Una User',
      email: 'una@example.test',
    })
  })

  test('proves the client by a key, to the token endpoint alone', async ({ app, hydra, browser }) => {
    await browser.open(`${app.url}/private`)
    const [client] = hydra.clients.values()
    expect(client).toMatchObject({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ kty: 'RSA', use: 'sig', alg: 'RS256', kid: expect.any(String) }] },
    })
    expect(JSON.stringify(client?.jwks)).not.toContain('"d"')
    const [request] = hydra.requestsTo('token')
    const assertion = new URLSearchParams(request?.body).get('client_assertion') ?? ''
    expect(decodeProtectedHeader(assertion)).toMatchObject({ alg: 'RS256', kid: expect.any(String) })
    expect(decodeJwt(assertion)).toMatchObject({
      aud: `${hydra.issuer}/oauth2/token`,
      sub: client?.client_id,
    })
  })

  test.for(['client_secret_basic', 'client_secret_post', 'none'])(
    'works by %s too',
    async (token_endpoint_auth_method, { hydra, start, browser }) => {
      const metadata = { token_endpoint_auth_method }
      const app = await start({ issuer: hydra.issuer, relyingParty: { metadata } })
      expect((await browser.open(`${app.url}/private`)).text).toBe('private page of Una User')
    },
  )

  test('takes a signed UserInfo', async ({ hydra, start, browser }) => {
    const metadata = { userinfo_signed_response_alg: 'RS256' }
    const app = await start({ issuer: hydra.issuer, relyingParty: { metadata } })
    await browser.open(`${app.url}/private`)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1', name: 'Una User' })
  })

  test('goes on after Hydra has changed its key', async ({ app, hydra, browser }) => {
    await browser.open(`${app.url}/private`)
    await hydra.rotateKeys()
    const other = new Browser()
    expect((await other.open(`${app.url}/private`)).text).toBe('private page of Una User')
    expect(hydra.requestsTo('jwks')).toHaveLength(2)
  })

  test('of a second tab makes the first start anew, without an error page', async ({
    app,
    hydra,
    browser,
  }) => {
    hydra.asksUser = true
    const older = await browser.open(`${app.url}/private?tab=1`)
    const newer = await browser.open(`${app.url}/private?tab=2`)
    const again = await browser.submit(older)
    expect([again.status, new URL(again.url).pathname]).toEqual([200, '/ui/login'])
    expect((await browser.submit(again)).url).toBe(`${app.url}/private?tab=1`)
    expect((await browser.submit(newer)).url).toBe(`${app.url}/private?tab=2`)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })

  test('that nobody may be asked for brings the visitor back as he was', async ({
    hydra,
    start,
    browser,
  }) => {
    hydra.loginRequired = true
    const silently = { returnTo: '/?back', authorizationParameters: { prompt: 'none' } }
    const app = await start({
      issuer: hydra.issuer,
      after: own => own.get('/silent', ({ oidc }, _res, next) => void oidc.login(silently).catch(next)),
    })
    expect(await browser.open(`${app.url}/silent`)).toMatchObject({ status: 200, url: `${app.url}/?back` })
    expect(await app.userOf(browser)).toBeNull()
  })
})

describe('sign-out', () => {
  test('ends the session at Hydra and comes back', async ({ app, hydra, browser }) => {
    await browser.open(`${app.url}/private`)
    const page = await browser.post(`${app.url}/logout`, { returnTo: '/?out' })
    expect(page.url).toBe(`${app.url}/?out`)
    expect(await app.userOf(browser)).toBeNull()
    expect(hydra.sessions.size).toBe(0)
    hydra.asksUser = true
    expect(new URL((await browser.open(`${app.url}/private`)).url).pathname).toBe('/ui/login')
  })

  test('works when the client was deleted', async ({ app, hydra, browser }) => {
    await browser.open(`${app.url}/private`)
    hydra.clients.clear()
    const page = await browser.post(`${app.url}/logout`, {}, { follow: false })
    expect(locationOf(page).origin).toBe(hydra.issuer)
    expect(await app.userOf(browser)).toBeNull()
  })

  test('without an ID token ends at Hydra’s own page, not at its error', async ({
    hydra,
    start,
    browser,
  }) => {
    const app = await start({ issuer: hydra.issuer, relyingParty: { store: losingTokens() } })
    await browser.open(`${app.url}/private`)
    const page = await browser.post(`${app.url}/logout`, {})
    expect([page.status, page.url]).toEqual([200, `${hydra.issuer}/oauth2/fallbacks/logout/callback`])
    expect(await app.userOf(browser)).toBeNull()
  })
})

/** A store that forgets tokens at once. */
function losingTokens(): Store {
  const store = memoryStore()
  return {
    ...store,
    get: async key => (key.startsWith('tokens:') ? undefined : store.get(key)),
  }
}
