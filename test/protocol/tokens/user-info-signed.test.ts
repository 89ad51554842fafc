import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect } from 'vitest'
import { OidcApi, OidcApiError } from '../../../src/index.ts'
import { expectRefusal, expectRefusedSignIn, expectSignIn, test } from '../../support/flow.ts'
import { test as hydraTest } from '../../support/hydra-flow.ts'
import { failureOf } from '../../support/providers/operations.ts'
import { type Answer, json, type ScriptedProvider } from '../../support/scripted-provider.ts'

type Claims = Readonly<Record<string, unknown>>
type Header = Readonly<Record<string, unknown>> & { readonly alg?: string }
type Forge = (claims: Claims, provider: ScriptedProvider) => string | Promise<string>

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'
const seconds = (): number => Math.floor(Date.now() / 1_000)
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const signed =
  (changes: Claims = {}, header: Header = {}): Forge =>
  (claims, { sign }) =>
    sign({ ...claims, ...changes }, header)

/** Answers with a JWT about the user, made for whichever client is registered. */
function answering(provider: ScriptedProvider, forge: Forge, type = 'application/jwt'): Answer {
  return async (_request, response) => {
    const [aud] = provider.clients.keys()
    const jwt = await forge({ iss: provider.issuer, aud, ...provider.user }, provider)
    response.writeHead(200, { 'content-type': type }).end(jwt)
  }
}

const good: readonly (readonly [string, Forge])[] = [
  ['with the claims', signed()],
  ['with us among several audiences', (claims, { sign }) => sign({ ...claims, aud: [claims['aud'], 'api'] })],
  [
    'with iat, exp and jti',
    (claims, { sign }) => sign({ ...claims, iat: seconds(), exp: seconds() + 60, jti: 'x' }),
  ],
  ['from a clock that is 20 seconds ahead', (claims, { sign }) => sign({ ...claims, nbf: seconds() + 20 })],
  ['without typ', signed({}, { typ: undefined })],
  ['without kid', signed({}, { kid: undefined })],
]

const bad: readonly (readonly [string, Forge])[] = [
  ['by another key', (claims, { sign }) => sign(claims, {}, rsaKey())],
  ['by a key with an unknown kid', signed({}, { kid: 'unknown' })],
  ['by nobody', signed({}, { alg: 'none' })],
  ['by nobody, under the name NONE', claims => `${part({ alg: 'NONE', typ: 'JWT' })}.${part(claims)}.`],
  [
    'by the public key as a secret',
    (claims, { sign, keys }) => sign(claims, { alg: 'HS256' }, Buffer.from(JSON.stringify(keys[0]))),
  ],
  ['by a key that it brings along', (claims, { sign }) => signByBrought(claims, sign)],
  ['without its signature', async (claims, { sign }) => (await sign(claims)).replace(/[^.]*$/, '')],
  [
    'with changed claims',
    async (claims, { sign }) =>
      (await sign(claims)).replace(/\.[^.]*\./, `.${part({ ...claims, email: 'admin@app.example' })}.`),
  ],
  ['that is not valid yet', (claims, { sign }) => sign({ ...claims, nbf: seconds() + 120 })],
  ['by another issuer', signed({ iss: 'https://other.example' })],
  ['by no issuer', signed({ iss: undefined })],
  ['for another client', signed({ aud: 'another' })],
  ['for other clients', signed({ aud: ['another', 'one more'] })],
  ['for nobody', signed({ aud: undefined })],
  ['as a logout token, by typ', signed({}, { typ: 'logout+jwt' })],
  ['as a logout token, by typ in capitals', signed({}, { typ: 'application/LOGOUT+JWT' })],
  ['as a logout token, by its event', signed({ events: { [logoutEvent]: {} } })],
  ['with a typ that is a list', signed({}, { typ: ['JWT'] })],
  ['as an access token', signed({}, { typ: 'at+jwt' })],
  ['about somebody else', signed({ sub: 'user-2' })],
  ['about nobody', signed({ sub: undefined })],
  ['about a number', signed({ sub: 1 })],
  ['that has expired', signed({ exp: 1_000_000_000 })],
  ['that is not valid yet', signed({ nbf: 4_000_000_000 })],
  [
    'with a critical header that nobody knows',
    claims => `${part({ alg: 'RS256', crit: ['x'], x: 1 })}.${part(claims)}.AAAA`,
  ],
  ['with five parts', async (claims, { sign }) => `${await sign(claims)}.x.y`],
  ['that is no JWT', () => 'not a token'],
  ['that is empty', () => ''],
]

function rsaKey() {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
}

function signByBrought(claims: Claims, sign: ScriptedProvider['sign']): Promise<string> {
  const key = rsaKey()
  return sign(claims, { kid: undefined, jwk: createPublicKey(key).export({ format: 'jwk' }) }, key)
}

describe('a UserInfo that is signed', () => {
  test.for(good)('%s signs the user in', async ([, forge], { provider, app, browser }) => {
    provider.answer('userinfo', answering(provider, forge))
    await expectSignIn({ app, browser })
    expect(await app.userOf(browser)).toMatchObject({ email: 'una@example.test' })
  })

  test.for(bad)('%s signs nobody in', async ([, forge], { provider, app, browser }) => {
    provider.answer('userinfo', answering(provider, forge))
    await expectRefusedSignIn([400, 'ERR_OIDC_USER_INFO_INVALID'], { provider, app, browser })
  })

  test('is not read as JSON when it says that it is', async ({ provider, app, browser }) => {
    provider.answer('userinfo', answering(provider, signed(), 'application/json'))
    const page = await browser.open(`${app.url}/private`)
    await expectRefusal(page, [502, 'ERR_OIDC_USER_INFO_UNAVAILABLE'], { app, browser })
  })

  test('signs nobody in while the keys cannot be had', async ({ provider, app, browser }) => {
    provider.answer('userinfo', async (request, response) => {
      await provider.rotateKeys()
      provider.answer('jwks', json({ keys: [] }))
      return answering(provider, signed())(request, response)
    })
    const page = await browser.open(`${app.url}/private`)
    expect(page.status).toBeGreaterThanOrEqual(400)
    expect(await app.userOf(browser)).toBeNull()
  })

  test('by a key of another kind is taken: Hydra signs with what it has', async ({
    provider,
    app,
    browser,
  }) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'ec', alg: 'ES256', use: 'sig' }
    provider.answer('jwks', json({ keys: [...provider.keys, jwk] }))
    const byEc: Forge = (claims, { sign }) => sign(claims, { alg: 'ES256', kid: 'ec' }, privateKey)
    provider.answer('userinfo', answering(provider, byEc))
    await expectSignIn({ app, browser })
  })
})

describe('getOidcUserInfo by itself', () => {
  const options = { clientId: 'client-1', sub: 'user-1' }

  test.for(bad)('refuses one %s', async ([, forge], { provider }) => {
    provider.clients.set('client-1', { client_id: 'client-1' })
    provider.answer('userinfo', answering(provider, forge))
    const api = new OidcApi({ issuer: provider.issuer })
    const error = await failureOf(() => api.getOidcUserInfo('token', options))
    expect(error).toBeInstanceOf(OidcApiError)
    expect(error).toMatchObject({
      code: 'ERR_OIDC_USER_INFO_INVALID',
      operation: 'getOidcUserInfo',
      providerStatus: 200,
    })
  })

  test('takes a right one, and leaves the audience to those who say no client', async ({ provider }) => {
    provider.clients.set('client-1', { client_id: 'client-1' })
    provider.answer('userinfo', answering(provider, signed()))
    const api = new OidcApi({ issuer: provider.issuer })
    const claims = { sub: 'user-1', name: 'Una User' }
    expect(await api.getOidcUserInfo('token', options)).toMatchObject(claims)
    expect(await api.getOidcUserInfo('token')).toMatchObject(claims)
  })

  hydraTest(
    'takes what Hydra signs for a client that registered for it',
    async ({ hydra, start, browser }) => {
      const metadata = { userinfo_signed_response_alg: 'RS256' }
      const app = await start({ issuer: hydra.issuer, relyingParty: { metadata } })
      await expectSignIn({ app, browser })
      await hydra.rotateKeys()
      const token = hydra.requestsTo('userinfo')[0]?.headers.authorization?.slice('Bearer '.length) ?? ''
      const { clientId = '' } = app.rp.status()
      const api = new OidcApi({ issuer: hydra.issuer })
      expect(await api.getOidcUserInfo(token, { clientId, sub: 'user-1' })).toMatchObject({
        name: 'Una User',
      })
    },
  )
})
