import { describe, expect } from 'vitest'
import { test } from '../../support/flow.ts'
import { accessToken, apiApp, audience, call, rightClaims } from '../../support/tokens/bearer.ts'

const now = (): number => Math.floor(Date.now() / 1_000)
const untyped = { allowUntypedTokens: true }

test('an access token passes a guard and says who the user is', async ({ provider, start }) => {
  const app = await start(apiApp())
  const token = await accessToken(provider, { acr: 'gold', constructor: 'x' })
  const answer = await call(app, '/api', token)
  expect([answer.status, answer.body]).toEqual([
    200,
    { iss: provider.issuer, sub: 'user-1', roles: ['admin'], acr: 'gold' },
  ])
  const { body } = await call(app, '/who', token)
  expect(body).toMatchObject({ isAuthenticated: true, scope: 'read write' })
  expect(body.claims).toMatchObject({ client_id: 'some-client', jti: 'token-1', aud: audience })
})

test.for([
  ['typ application/at+jwt', {}, { typ: 'application/at+jwt' }],
  ['typ AT+JWT', {}, { typ: 'AT+JWT' }],
  ['several audiences', { aud: ['https://other.example', audience] }, {}],
  ['a clock that is 20 seconds ahead', { iat: now() + 20, nbf: now() + 20 }, {}],
  ['an end in the year 9999', { exp: 253_402_300_799 }, {}],
  ['an end 20 seconds ago', { exp: now() - 20 }, {}],
  ['255 characters of sub', { sub: 's'.repeat(255) }, {}],
] as const)('a token with %s passes', async ([, claims, header], { provider, start }) => {
  const app = await start(apiApp())
  expect((await call(app, '/api', await accessToken(provider, claims, header))).status).toBe(200)
})

/** Each differs from a token that passes by one claim or header parameter. */
const wrong: readonly (readonly [string, object, Record<string, unknown>])[] = [
  ['typ JWT, as ID tokens have', {}, { typ: 'JWT' }],
  ['no typ', {}, { typ: undefined }],
  ['typ logout+jwt', {}, { typ: 'logout+jwt' }],
  ['a typ that is a list', {}, { typ: ['at+jwt'] }],
  ['a typ that cannot be a text', {}, { typ: { toString: 1, valueOf: 1 } }],
  ['another issuer', { iss: 'https://op.example' }, {}],
  ['no issuer', { iss: undefined }, {}],
  ['another audience', { aud: 'https://api.example.evil' }, {}],
  ['an audience that begins alike', { aud: `${audience}/` }, {}],
  ['no audience', { aud: undefined }, {}],
  ['an audience that is empty', { aud: [] }, {}],
  ['the end behind it', { exp: now() - 31 }, {}],
  ['no end', { exp: undefined }, {}],
  ['an end that is a text', { exp: '9999999999' }, {}],
  ['an end in milliseconds', { exp: 1_800_000_000_000 }, {}],
  ['no iat', { iat: undefined }, {}],
  ['iat ahead', { iat: now() + 60 }, {}],
  ['nbf ahead', { nbf: now() + 60 }, {}],
  ['nbf that is a text', { nbf: '0' }, {}],
  ['no sub', { sub: undefined }, {}],
  ['an empty sub', { sub: '' }, {}],
  ['256 characters of sub', { sub: 's'.repeat(256) }, {}],
  ['a sub that is a number', { sub: 7 }, {}],
  ['no client_id', { client_id: undefined }, {}],
  ['a key that it is bound to', { cnf: { jkt: 'thumbprint' } }, {}],
  ['no signature', {}, { alg: 'none' }],
  ['a key that is not the provider’s', {}, { kid: 'another' }],
]

test.for(wrong)('a token with %s is refused', async ([, claims, header], { provider, start }) => {
  const app = await start(apiApp())
  await expectInvalid(app, await accessToken(provider, claims, header))
  expect((await call(app, '/api', await accessToken(provider))).status).toBe(200)
})

async function expectInvalid(app: { readonly url: string }, token: string): Promise<void> {
  const answer = await call(app, '/api', token)
  expect([answer.status, answer.body.error]).toEqual([401, 'ERR_OIDC_BEARER_TOKEN_INVALID'])
  expect(answer.headers).toMatchObject({
    'www-authenticate': `Bearer realm="${app.url}", error="invalid_token"`,
    'cache-control': 'no-store',
  })
  expect(answer.headers['set-cookie']).toBeUndefined()
  expect((await call(app, '/who', token)).body).toEqual({
    isAuthenticated: false,
    claims: null,
    scope: null,
    user: null,
  })
}

test('a token that somebody changed is refused', async ({ provider, start }) => {
  const app = await start(apiApp())
  const [header, , signature] = (await accessToken(provider)).split('.')
  const claims = Buffer.from(JSON.stringify({ ...rightClaims(provider), sub: 'admin' })).toString('base64url')
  await expectInvalid(app, [header, claims, signature].join('.'))
})

test('an ID token of this app is refused, even where it is the audience', async ({
  provider,
  start,
  browser,
}) => {
  const clientId = 'made-by-hand'
  const client = { client_id: clientId, client_secret: 'secret' }
  const issued: string[] = []
  const app = await start(
    apiApp(
      { audience: clientId, ...untyped },
      { relyingParty: { client: { clientId, clientSecret: 'secret' } } },
    ),
  )
  provider.clients.set(clientId, { ...client, redirect_uris: [`${app.url}/callback`] })
  provider.tokenResponse = body => {
    issued.push(String(body.id_token))
    return body
  }
  await browser.open(`${app.url}/login`)
  expect(issued).toHaveLength(1)
  await expectInvalid(app, issued[0] ?? '')
})

describe('where tokens without their type are allowed', () => {
  test.for([
    ['typ JWT', {}, { typ: 'JWT' }],
    ['no typ', {}, { typ: undefined }],
    ['the right typ', {}, {}],
    // providers.md, Microsoft Entra ID: access tokens of version 2.0
    ['its client in azp and azpacr', { client_id: undefined, azp: 'c', azpacr: '1' }, { typ: 'JWT' }],
  ] as const)('a token with %s passes', async ([, claims, header], { provider, start }) => {
    const app = await start(apiApp(untyped))
    expect((await call(app, '/api', await accessToken(provider, claims, header))).status).toBe(200)
  })

  test.for([
    ['typ logout+jwt', {}, { typ: 'logout+jwt' }],
    ['typ dpop+jwt', {}, { typ: 'dpop+jwt' }],
    ['the event of a logout token', { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }],
    ['a nonce', { nonce: 'n' }],
    ['at_hash', { at_hash: 'h' }],
    ['c_hash', { c_hash: 'h' }],
    ['s_hash', { s_hash: 'h' }],
    ['no client_id', { client_id: undefined }],
    ['the client only in azp, as ID tokens have it', { client_id: undefined, azp: 'c' }],
    ['azpacr without azp', { client_id: undefined, azpacr: '1' }],
    ['another audience', { aud: 'some-client' }],
  ] as const)('a token with %s is refused', async ([, claims, header], { provider, start }) => {
    const app = await start(apiApp(untyped))
    await expectInvalid(app, await accessToken(provider, claims, { typ: 'JWT', ...header }))
    expect((await call(app, '/api', await accessToken(provider, {}, { typ: 'JWT' }))).status).toBe(200)
  })
})
