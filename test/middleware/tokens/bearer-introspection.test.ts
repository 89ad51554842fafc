import { expect, onTestFinished, test } from 'vitest'
import { startApp, type TestApp, type TestAppOptions } from '../../support/app.ts'
import { Browser } from '../../support/browser.ts'
import { type ScriptedHydra, scriptedHydra } from '../../support/scripted-hydra.ts'
import { html, json, reset, status } from '../../support/scripted-provider.ts'
import { apiApp, audience, call } from '../../support/tokens/bearer.ts'

/** An app at Hydra that knows its admin address, and the tokens that a sign-in there brought. */
async function startAtHydra(introspection: 'opaque' | 'always' = 'opaque'): Promise<{
  readonly app: TestApp
  readonly hydra: ScriptedHydra
  readonly accessToken: string
  readonly refreshToken: string
}> {
  const hydra = await scriptedHydra()
  onTestFinished(() => hydra.close())
  let issued = { access_token: '', refresh_token: '' }
  const options: TestAppOptions['relyingParty'] = {
    scope: 'openid offline_access',
    authorizationParameters: { audience },
    endpoints: { introspection_endpoint: `${hydra.issuer}/admin/oauth2/introspect` },
    fetch: async (url, init) => {
      const response = await fetch(url, init)
      if (response.url.endsWith('/oauth2/token')) issued = (await response.clone().json()) as typeof issued
      return response
    },
  }
  const app = await startApp(hydra.issuer, apiApp({ introspection }, { relyingParty: options }))
  onTestFinished(() => app.close())
  await new Browser().open(`${app.url}/login`)
  return { app, hydra, accessToken: issued.access_token, refreshToken: issued.refresh_token }
}

async function expectInvalid(app: TestApp, token: string): Promise<void> {
  const answer = await call(app, '/api', token)
  expect([answer.status, answer.body.error]).toEqual([401, 'ERR_OIDC_BEARER_TOKEN_INVALID'])
  expect(answer.headers['www-authenticate']).toBe(`Bearer realm="${app.url}", error="invalid_token"`)
}

test('an opaque token of Hydra passes a guard and says who the user is', async () => {
  const { app, hydra, accessToken } = await startAtHydra()
  const answer = await call(app, '/api', accessToken)
  const ext = { roles: ['admin'] }
  expect([answer.status, answer.body]).toEqual([200, { iss: hydra.issuer, sub: 'user-1', ext }])
  const { body } = await call(app, '/who', accessToken)
  expect(body).toMatchObject({ isAuthenticated: true, scope: 'openid offline_access' })
  expect(body.claims).toMatchObject({ aud: [audience], client_id: [...hydra.clients.keys()][0] })
  const [asked] = hydra.requestsTo('introspect')
  expect(Object.fromEntries(new URLSearchParams(asked?.body))).toMatchObject({
    token: accessToken,
    token_type_hint: 'access_token',
  })
})

test('a refresh token, which Hydra calls active, is refused', async () => {
  const { app, hydra, refreshToken } = await startAtHydra()
  await expectInvalid(app, refreshToken)
  expect(hydra.requestsTo('introspect')).toHaveLength(1)
})

test('a token that Hydra does not know is refused, and asked about each time', async () => {
  const { app, hydra, accessToken } = await startAtHydra()
  await expectInvalid(app, 'ory_at_unknown.token')
  await expectInvalid(app, 'ory_at_unknown.token')
  expect(hydra.requestsTo('introspect')).toHaveLength(2)
  expect((await call(app, '/api', accessToken)).status).toBe(200)
})

const now = (): number => Math.floor(Date.now() / 1_000)
const active = {
  active: true,
  sub: 'user-1',
  aud: audience,
  exp: now() + 600,
  iat: now(),
  token_type: 'Bearer',
}

test.for([
  ['says nothing more', {}],
  ['has no token_type', { token_type: undefined }],
  ['names several audiences', { aud: ['other', audience] }],
  ['names this issuer', 'issuer'],
] as const)('an active token passes when the answer %s', async ([, change]) => {
  const { app, hydra } = await startAtHydra()
  hydra.answer('introspect', json({ ...active, ...(change === 'issuer' ? { iss: hydra.issuer } : change) }))
  expect((await call(app, '/api', 'opaque-token')).status).toBe(200)
})

test.for([
  ['is not active', { active: false }],
  ['is for another audience', { aud: 'other' }],
  ['is for nobody', { aud: undefined }],
  ['is of another issuer', { iss: 'https://op.example' }],
  ['has ended', { exp: now() - 31 }],
  ['ends in milliseconds', { exp: 1_800_000_000_000 }],
  ['has no end', { exp: undefined }],
  ['was not issued yet', { iat: now() + 60 }],
  ['does not count yet', { nbf: now() + 60 }],
  ['has no user', { sub: undefined }],
  ['is a refresh token', { token_use: 'refresh_token' }],
  ['is of another type', { token_type: 'DPoP' }],
  ['is of a type that cannot be a text', { token_type: { toString: 1, valueOf: 1 } }],
  ['is bound to a certificate', { cnf: { 'x5t#S256': 'thumbprint' } }],
] as const)('a token is refused when by the answer it %s', async ([, change]) => {
  const { app, hydra } = await startAtHydra()
  hydra.answer('introspect', json({ ...active, ...change }))
  await expectInvalid(app, 'opaque-token')
  hydra.answer('introspect', json(active))
  expect((await call(app, '/api', 'another-token')).status).toBe(200) // what is bound is remembered as active
})

test.for([
  ['resets the connection', reset(), 503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'],
  ['has trouble', status(500, { error: 'server_error' }), 503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'],
  ['is asked too often', status(429), 503, 'ERR_OIDC_RATE_LIMITED'],
  ['sends a page', html(), 502, 'ERR_OIDC_ANSWER_INVALID'],
  ['says that it does not exist', status(404), 502, 'ERR_OIDC_ANSWER_INVALID'],
  ['does not say whether it is active', json({ ...active, active: 'true' }), 502, 'ERR_OIDC_ANSWER_INVALID'],
] as const)('when the provider %s, guards say so and public pages go on', async ([, answer, code, error]) => {
  const { app, hydra, accessToken } = await startAtHydra()
  hydra.answer('introspect', answer)
  const refused = await call(app, '/api', accessToken)
  expect([refused.status, refused.body.error]).toEqual([code, error])
  expect(refused.headers['www-authenticate']).toBeUndefined()
  expect((await call(app, '/', accessToken)).text).toBe('public')
  expect((await call(app, '/who', accessToken)).body).toMatchObject({ isAuthenticated: false, user: null })
  hydra.answer('introspect', undefined)
  expect((await call(app, '/api', accessToken)).status).toBe(200)
})

test('a JWT is asked about only where that is wanted', async () => {
  for (const [introspection, asked] of [
    ['opaque', 0],
    ['always', 1],
  ] as const) {
    const { app, hydra } = await startAtHydra(introspection)
    hydra.answer('introspect', json(active))
    const { status: answered } = await call(app, '/api', await hydra.sign(active, { typ: 'JWT' }))
    expect([answered, hydra.requestsTo('introspect').length]).toEqual([asked === 1 ? 200 : 401, asked])
  }
})
