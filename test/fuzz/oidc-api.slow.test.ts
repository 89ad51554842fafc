import fc from 'fast-check'
import { expect } from 'vitest'
import { OidcApi } from '../../src/index.ts'
import { type AnyAnswer, anyAnswer } from '../support/fuzz/answers.ts'
import { expectOidcError } from '../support/fuzz/oracle.ts'
import { fuzzTest, type Outcome } from '../support/fuzz/property.ts'
import { type Change, changed, changesOf } from '../support/fuzz/values.ts'

const issuer = 'https://op.test'
const secret = 'the-secret-of-a-client'
const metadata = {
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  userinfo_endpoint: `${issuer}/userinfo`,
  jwks_uri: `${issuer}/jwks`,
  registration_endpoint: `${issuer}/register`,
  end_session_endpoint: `${issuer}/logout`,
}
const client = {
  client_id: 'client-1',
  client_secret: secret,
  registration_access_token: `${secret}-2`,
  registration_client_uri: `${issuer}/register/client-1`,
  redirect_uris: ['https://app.test/callback'],
}

type Operation = readonly [path: string, right: AnyAnswer, call: (api: OidcApi) => Promise<unknown>]

const json = { 'content-type': 'application/json' }
const asked = { redirect_uris: client.redirect_uris }
const operations: readonly Operation[] = [
  [
    '/.well-known/openid-configuration',
    { status: 200, headers: json, body: JSON.stringify(metadata) },
    api => api.discoverOidcConfiguration(),
  ],
  [
    '/register',
    { status: 201, headers: json, body: JSON.stringify(client) },
    api => api.createOidcDynamicClient(asked, { initialAccessToken: secret }),
  ],
  [
    '/register/client-1',
    { status: 200, headers: json, body: JSON.stringify(client) },
    api => api.getOidcDynamicClient(client),
  ],
  [
    '/register/client-1',
    { status: 200, headers: json, body: JSON.stringify(client) },
    api => api.setOidcDynamicClient(client, asked),
  ],
  ['/register/client-1', { status: 204, headers: {}, body: '' }, api => api.deleteOidcDynamicClient(client)],
  ['/userinfo', { status: 200, headers: json, body: '{"sub":"user-1"}' }, api => api.getOidcUserInfo(secret)],
  [
    '/logout',
    { status: 302, headers: { location: '/out' }, body: '' },
    api => api.revokeOidcSession({ idTokenHint: secret, follow: true }),
  ],
]

type Input = readonly [operation: number, answer: AnyAnswer | readonly Change[]]

const members = [
  'client_id',
  'client_secret',
  'registration_access_token',
  'registration_client_uri',
  'redirect_uris',
  'scope',
  'jwks',
  'error',
  'sub',
  'issuer',
  '__proto__',
]

fuzzTest<Input>('OidcApi', {
  inputs: fc.tuple(fc.nat(operations.length - 1), fc.oneof(anyAnswer, changesOf(members))),
  twins: [[0, []], ...operations.map((_, index): Input => [index, []])],
  runs: 1_000,
  async attempt([index, given]): Promise<Outcome> {
    const [path, right, call] = operations[index] ?? []
    if (!right || !call) throw new Error('There is no such operation.')
    const changes = Array.isArray(given) ? (given as readonly Change[]) : undefined
    const body =
      right.body === '' ? '' : JSON.stringify(changed(JSON.parse(right.body) as object, changes ?? []))
    const answer = changes ? { ...right, body } : (given as AnyAnswer)
    const usual = { status: 200, headers: json, body: JSON.stringify(metadata) }
    const api = new OidcApi({
      issuer,
      fetch: async url => responseOf(new URL(new Request(url).url).pathname === path ? answer : usual),
    })
    try {
      expect(await call(api)).not.toBeInstanceOf(Error)
      return 'accepted'
    } catch (error) {
      expectOidcError(error, [secret])
      return 'refused'
    }
  },
})

function responseOf({ status, headers, body }: AnyAnswer): Response {
  return new Response([204, 304].includes(status) ? null : body, { status, headers })
}
