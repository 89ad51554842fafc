import { expect, test } from 'vitest'
import { refusalOf, settingsOf } from '../../support/settings.ts'

const canary = 'canary-secret'

/** Addresses and metadata with which nobody could sign in, and what the message says. */
const broken: readonly (readonly [object, string])[] = [
  [
    { issuer: 'https://op.test/.well-known/openid-configuration' },
    'options.issuer must not be the address of a document: leave out /.well-known/openid-configuration. The issuer is probably https://op.test.',
  ],
  [
    { issuer: 'https://op.test/a/.well-known/oauth-authorization-server' },
    'The issuer is probably https://op.test/a.',
  ],
  [
    { issuer: 'https://op.test/.well-known/oauth-authorization-server/a' },
    'leave out /.well-known/oauth-authorization-server/a.',
  ],
  [
    { endpoints: { token_endpoint: 'http://hydra:4444/token' } },
    'options.endpoints.token_endpoint must use https',
  ],
  [
    { endpoints: { token_endpoint: '/token' } },
    'options.endpoints.token_endpoint must be an absolute http or https',
  ],
  [
    { endpoints: { jwks_uri: 'localhost:4444/keys' } },
    'options.endpoints.jwks_uri must be an absolute http or https',
  ],
  ...(
    [
      [
        'redirect_uris',
        ['https://app.test/cb'],
        'must contain https://app.test/callback, which is options.baseUrl',
      ],
      ['redirect_uris', [], 'must contain https://app.test/callback'],
      ['redirect_uris', 'https://app.test/callback', 'must be an array'],
      ['redirect_uris', ['/callback'], 'must be an absolute URI'],
      ['post_logout_redirect_uris', ['https://app.test/'], 'must contain https://app.test/logout/callback'],
      ['scope', 'openid email', 'must contain profile, which options.scope asks for'],
      ['client_id', 'x', 'is set by the provider'],
      ['client_secret', canary, 'is set by the provider'],
      ['registration_access_token', canary, 'is set by the provider'],
      ['client_name', 7, 'must be a string'],
      ['contacts', 'me@app.test', 'must be an array'],
      ['logo_uri', 'logo.png', 'must be an absolute URI'],
      ['skip_consent', true, 'may only be set by an administrator'],
    ] as const
  ).map(([member, value, sentence]): readonly [object, string] => [
    { metadata: { [member]: value } },
    `options.metadata.${member} ${sentence}`,
  ]),
  [
    { scope: 'openid offline_access', metadata: { grant_types: ['authorization_code'] } },
    'options.metadata.grant_types must contain refresh_token, because options.scope has offline_access',
  ],
  ...['authorization_signed_response_alg', 'authorization_encrypted_response_alg'].flatMap(member =>
    [{}, { responseMode: 'query' }, { responseMode: 'form_post' }].map((mode): readonly [object, string] => [
      { ...mode, metadata: { [member]: member.includes('signed') ? 'ES256' : 'ECDH-ES' } },
      `options.metadata.${member} needs options.responseMode: 'jwt' or 'form_post.jwt'.`,
    ]),
  ),
]

test.each(broken)('refuses %j: %s', (options, sentence) => {
  const refusal = refusalOf(options)
  expect(refusal).toMatchObject({ code: 'ERR_OIDC_INVALID_OPTION' })
  expect(refusal.message).toContain(sentence)
  expect(refusal.message).not.toContain(canary)
})

test.each([
  { redirect_uris: ['https://other.test/callback', 'https://app.test/callback'] },
  { post_logout_redirect_uris: ['https://app.test/logout/callback'] },
  { post_logout_redirect_uris: null, scope: null, grant_types: null, client_name: null },
  { scope: 'openid profile email address' },
  { scope: 'profile email' },
  { grant_types: ['authorization_code'] },
  { logo_uri: 'https://app.test/logo.png', contacts: ['me@app.test'], unheard_of: 7 },
])('takes the metadata %j', metadata => {
  expect(settingsOf({ metadata }).metadata).toEqual(metadata)
})

test.each(['jwt', 'form_post.jwt'])(
  'takes metadata about signed responses with the mode %s',
  responseMode => {
    const metadata = {
      authorization_signed_response_alg: 'ES256',
      authorization_encrypted_response_alg: 'ECDH-ES',
    }
    expect(settingsOf({ responseMode, metadata })).toMatchObject({ responseMode, metadata })
  },
)

test('takes null for what no response mode needs', () => {
  const metadata = { authorization_signed_response_alg: null, authorization_encrypted_response_alg: null }
  expect(settingsOf({ metadata }).metadata).toEqual(metadata)
})

test('allowInsecureIssuer allows endpoints with http', () => {
  const endpoints = { token_endpoint: 'http://hydra:4444/token' }
  expect(settingsOf({ endpoints, allowInsecureIssuer: true })).toMatchObject({ endpoints })
})

const tenants = {
  issuer: 'https://op.test/{tenantid}',
  discoveryUrl: 'https://op.test/.well-known/openid-configuration',
  tenants: () => true,
}

test.each([
  [{ responseMode: 'jwt' }, 'options.responseMode must be query or form_post with'],
  [{ responseMode: 'form_post.jwt' }, 'options.responseMode must be query or form_post with'],
  [{ metadata: { request_object_signing_alg: 'ES256' } }, 'options.metadata cannot ask for signed requests'],
  [{ metadata: { require_signed_request_object: true } }, 'options.metadata cannot ask for signed requests'],
  [
    { metadata: { id_token_encrypted_response_alg: 'RSA-OAEP-256' } },
    'options.metadata cannot ask for encrypted responses',
  ],
])('an issuer with a placeholder for the tenant refuses %j', (options, sentence) => {
  const refusal = refusalOf({ ...tenants, ...options })
  expect(refusal).toMatchObject({ code: 'ERR_OIDC_INVALID_OPTION' })
  expect(refusal.message).toContain(sentence)
  expect(settingsOf(options)).toMatchObject(options)
  expect(settingsOf({ ...tenants, responseMode: 'form_post' }).responseMode).toBe('form_post')
})
