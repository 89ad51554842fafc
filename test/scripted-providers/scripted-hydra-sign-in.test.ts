import { createHash } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Browser } from '../support/browser.ts'
import { configurationOf, configure, redirectOf, register } from '../support/scripted-hydra/driver.ts'
import { type ScriptedHydra, scriptedHydra } from '../support/scripted-hydra.ts'
import { authorize, locationOf, REDIRECT_URI, tokensOf } from '../support/scripted-provider/driver.ts'

let hydra: ScriptedHydra

beforeEach(async () => {
  hydra = await scriptedHydra()
})

afterEach(() => hydra.close())

const MALFORMED =
  'The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed.'

test('sends the browser back with code, scope and state, and without iss', async () => {
  const config = await configure(hydra)
  const { response, checks } = await authorize(config)
  expect(response.status).toBe(303)
  expect(redirectOf(response)).toEqual({
    to: REDIRECT_URI,
    query: {
      code: expect.stringMatching(/^ory_ac_/),
      scope: 'openid offline_access',
      state: checks.expectedState,
    },
  })
})

test('posts the same with a form', async () => {
  const config = await configure(hydra)
  const { response, checks } = await authorize(config, { response_mode: 'form_post' })
  const page = await response.text()
  expect(page).toContain(`<form method="post" action="${REDIRECT_URI}"><input type="hidden" name="code"`)
  expect(page).toContain(`name="state" value="${checks.expectedState}"`)
})

test('never sends the browser back for a client or an address that it does not know', async () => {
  const config = await configure(hydra)
  const errorPage = `${hydra.issuer}/oauth2/fallbacks/error`
  const unknown = (await authorize(config, { client_id: 'gone' })).response
  expect(unknown.status).toBe(302)
  expect(redirectOf(unknown)).toEqual({
    to: errorPage,
    query: {
      error: 'invalid_client',
      error_description:
        'Client authentication failed (e.g., unknown client, no client authentication included, or unsupported authentication method). The requested OAuth 2.0 Client does not exist.',
    },
  })
  expect((await fetch(locationOf(unknown))).status).toBe(500)
  const elsewhere = (await authorize(config, { redirect_uri: 'http://127.0.0.1/other' })).response
  expect(redirectOf(elsewhere)).toEqual({
    to: errorPage,
    query: {
      error: 'invalid_request',
      error_description: `${MALFORMED} The 'redirect_uri' parameter does not match any of the OAuth 2.0 Client's pre-registered redirect urls.`,
    },
  })
})

test('takes any port of a loopback address, and no other path', async () => {
  const config = await configure(hydra)
  const to = async (redirect_uri: string) =>
    redirectOf((await authorize(config, { redirect_uri })).response).to
  expect(await to('http://127.0.0.1:4711/callback')).toBe('http://127.0.0.1:4711/callback')
  expect(await to('http://localhost/callback')).toBe(`${hydra.issuer}/oauth2/fallbacks/error`)
})

test.each([
  [
    { state: '1234567' },
    'invalid_state',
    "The state is missing or does not have enough characters and is therefore considered too weak. Request parameter 'state' must be at least be 8 characters long to ensure sufficient entropy.",
  ],
  [
    { nonce: '1234567' },
    'insufficient_entropy',
    "The request used a security parameter (e.g., anti-replay, anti-csrf) with insufficient entropy. Parameter 'nonce' is set but does not satisfy the minimum entropy of 8 characters.",
  ],
  [
    { scope: 'openid profile' },
    'invalid_scope',
    "The requested scope is invalid, unknown, or malformed. The OAuth 2.0 Client is not allowed to request scope 'profile'.",
  ],
  [
    { code_challenge_method: 'plain' },
    'invalid_request',
    `${MALFORMED} Clients must use code_challenge_method=S256, plain is not allowed.`,
  ],
  [
    { response_type: 'token' },
    'unsupported_response_type',
    "The authorization server does not support obtaining a token using this method. The client is not allowed to request response_type 'token'.",
  ],
])('tells the app about %j', async (extra, error, error_description) => {
  const { response, checks } = await authorize(await configure(hydra), extra)
  const state = 'state' in extra ? extra.state : checks.expectedState
  expect(response.status).toBe(303)
  expect(redirectOf(response)).toEqual({ to: REDIRECT_URI, query: { error, error_description, state } })
})

test('answers prompt=none for whom it remembers, and login_required else', async () => {
  const config = await configure(hydra)
  const query = async () => redirectOf((await authorize(config, { prompt: 'none' })).response).query
  expect(await query()).toHaveProperty('code')
  hydra.loginRequired = true
  expect(await query()).toMatchObject({
    error: 'login_required',
    error_description:
      "The Authorization Server requires End-User authentication. Prompt 'none' was requested, but no existing login session was found.",
  })
})

test('hands out an ID token with what Hydra puts there, and nothing else', async () => {
  const { client_id, client_secret = '' } = await register(hydra)
  const config = await configurationOf(hydra, { client_id, client_secret })
  const tokens = await tokensOf(config)
  expect(tokens).toMatchObject({
    access_token: expect.stringMatching(/^ory_at_/),
    refresh_token: expect.stringMatching(/^ory_rt_/),
    scope: 'openid offline_access',
    token_type: 'bearer',
    expires_in: 3600,
  })
  const hash = createHash('sha256').update(tokens.access_token).digest().subarray(0, 16)
  const time = expect.any(Number)
  const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/)
  expect(decodeJwt(tokens.id_token ?? '')).toEqual({
    iss: hydra.issuer,
    sub: 'user-1',
    aud: [client_id],
    exp: time,
    iat: time,
    auth_time: time,
    rat: time,
    jti: uuid,
    sid: uuid,
    at_hash: hash.toString('base64url'),
    nonce: expect.any(String),
    name: 'Una User',
    email: 'una@example.test',
  })
  expect(decodeProtectedHeader(tokens.id_token ?? '')).toEqual({
    alg: 'RS256',
    typ: 'JWT',
    kid: hydra.keys[0]?.kid,
  })
})

test('remembers the user: one session for all clients of a browser, another one for prompt=login or max_age', async () => {
  const browser = new Browser()
  const sessionAfter = async (extra: Record<string, string> = {}) => {
    const { response } = await authorize(await configure(hydra), extra)
    await browser.open(response.url, { follow: false })
    const cookies = await browser.jar.getCookies(hydra.issuer)
    return cookies.find(({ key }) => key === 'ory_hydra_session_dev')?.value ?? ''
  }
  const first = await sessionAfter()
  expect(await sessionAfter()).toBe(first)
  expect(hydra.sessions.get(first)?.clients.size).toBe(2)
  const second = await sessionAfter({ prompt: 'login' })
  expect(second).not.toBe(first)
  expect(hydra.sessions.has(first)).toBe(true)
  hydra.clockAhead = 10
  expect(await sessionAfter({ max_age: '60' })).toBe(second)
  expect(await sessionAfter({ max_age: '5' })).not.toBe(second)
})

test('forbids the older of two sign-ins that overlap in one browser', async () => {
  hydra.asksUser = true
  const config = await configure(hydra)
  const browser = new Browser()
  const start = async () => browser.open((await authorize(config)).response.url)
  const [older, newer] = [await start(), await start()]
  expect(older.text).toContain('Sign in')
  const end = async (page: typeof older) => {
    let next = await browser.submit(page, {}, { follow: false })
    for (let location = ''; ; next = await browser.open(location, { follow: false })) {
      location = next.headers.get('location') ?? ''
      if (location.startsWith(REDIRECT_URI)) return Object.fromEntries(new URL(location).searchParams)
    }
  }
  expect(await end(older)).toMatchObject({
    error: 'request_forbidden',
    error_description:
      'The request is not allowed. The CSRF value from the token does not match the CSRF value from the data store.',
    state: expect.any(String),
  })
  expect(await end(newer)).toHaveProperty('code')
})
