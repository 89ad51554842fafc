import { expect, test } from 'vitest'
import { settingsOf } from '../../support/settings.ts'

test('takes origins of APIs, with a slash at their end or without, and http on this machine', () => {
  const apiOrigins = ['https://api.test', 'https://api.test:8443/', 'http://localhost:4000']
  const origins = ['https://api.test', 'https://api.test:8443', 'http://localhost:4000']
  expect(settingsOf({ apiOrigins }).apiOrigins).toEqual(origins)
})

test('takes one audience for a list, keeps a copy, and is strict by default', () => {
  const audience = ['https://api.test']
  const { bearer } = settingsOf({ bearer: { audience } })
  audience.push('https://evil.test')
  expect(bearer).toEqual({
    audience: ['https://api.test'],
    introspection: 'opaque',
    allowUntypedTokens: false,
    tokensOnly: false,
  })
  expect([bearer, bearer?.audience].every(Object.isFrozen)).toBe(true)
  expect(settingsOf({ bearer: { audience: 'a' } }).bearer?.audience).toEqual(['a'])
})

test.each([
  [{ routes: { backchannelLogout: false, frontchannelLogout: false } }, undefined, undefined],
  [
    { routes: { backchannelLogout: '/out', frontchannelLogout: '/frame' } },
    'https://app.test/out',
    'https://app.test/frame',
  ],
  [
    {
      metadata: { backchannel_logout_uri: 'http://app.cluster.local:8080/out?a=b' },
      routes: { frontchannelLogout: false },
    },
    'http://app.cluster.local:8080/out?a=b',
    undefined,
  ],
  [
    { metadata: { backchannel_logout_uri: 'https://in.test/' }, routes: { backchannelLogout: false } },
    'https://in.test/',
    undefined,
  ],
  [
    {
      metadata: { backchannel_logout_uri: null, frontchannel_logout_uri: null },
      routes: { frontchannelLogout: '/frame' },
    },
    undefined,
    undefined,
  ],
] as const)(
  'registers for %o the addresses %s and %s',
  (options, backchannelLogoutUri, frontchannelLogoutUri) => {
    expect(settingsOf(options)).toMatchObject({ backchannelLogoutUri, frontchannelLogoutUri })
  },
)

test.each([
  { token_endpoint_auth_method: 'none', token_endpoint_auth_signing_alg: 'ES384' },
  { id_token_signed_response_alg: 'EdDSA', userinfo_signed_response_alg: 'none' },
  { response_types: ['code'], grant_types: ['authorization_code', 'refresh_token'] },
  { id_token_encrypted_response_alg: null, dpop_bound_access_tokens: false },
  { id_token_encrypted_response_alg: 'ECDH-ES', id_token_encrypted_response_enc: 'A128CBC-HS256' },
  { userinfo_encrypted_response_alg: 'RSA-OAEP-256' },
])('takes metadata %o, which the library supports', metadata => {
  expect(settingsOf({ metadata }).metadata).toEqual(metadata)
})

test.each([
  [{}, false],
  [{ require_pushed_authorization_requests: false }, false],
  [{ require_pushed_authorization_requests: true }, true],
])('with metadata %o pushes the requests: %s', (metadata, isPushed) => {
  expect(settingsOf({ metadata }).pushedAuthorizationRequests).toBe(isPushed)
})
