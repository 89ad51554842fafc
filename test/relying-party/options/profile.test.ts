import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { refusalOf, settingsOf } from '../../support/settings.ts'

const ecKey = (namedCurve: string) =>
  generateKeyPairSync('ec', { namedCurve }).privateKey.export({ format: 'jwk' })
const key = { ...ecKey('P-256'), alg: 'ES256', kid: 'k' }
const client = { clientId: 'c', privateKey: key }
const boundByTls = { tls_client_certificate_bound_access_tokens: true }

type Row = readonly [path: string, options: object, rule?: string]

/** Each contradicts a profile on its own. Without the profile, each is accepted. */
const contradictions: readonly Row[] = [
  ['allowInsecureIssuer', { allowInsecureIssuer: true }],
  [
    'issuer',
    {
      issuer: 'https://op.test/{tenantid}',
      discoveryUrl: 'https://op.test/.well-known/openid-configuration',
      tenants: () => true,
    },
  ],
  ['pushedAuthorizationRequests', { pushedAuthorizationRequests: false }],
  ['trustedAudiences', { trustedAudiences: ['project'] }],
  ['trustedAudiences', { trustedAudiences: () => true }],
  ['clientAssertions.audience', { clientAssertions: { audience: 'token_endpoint' } }],
  ['client.clientSecret', { client: { clientId: 'c', clientSecret: 'canary-secret' } }],
  ['client.clientSecret', { client: { clientId: 'c', clientSecret: () => 'canary-secret' } }],
  ['client', { client: { clientId: 'c' } }, 'must have a privateKey'],
  ['client', { client: { clientId: 'c', authenticationMethod: 'none' } }, 'must have a privateKey'],
  ['client.privateKey.alg', { client: { ...client, privateKey: { ...key, alg: 'RS256' } } }],
  ['client.privateKey.alg', { client: { ...client, privateKey: ecKey('P-384') } }],
  ...['none', 'client_secret_basic', 'client_secret_post', 'client_secret_jwt'].map(
    token_endpoint_auth_method =>
      ['metadata.token_endpoint_auth_method', { metadata: { token_endpoint_auth_method } }] as const,
  ),
  ...[
    'id_token_signed_response_alg',
    'userinfo_signed_response_alg',
    'request_object_signing_alg',
    'token_endpoint_auth_signing_alg',
  ].map(member => [`metadata.${member}`, { metadata: { [member]: 'RS256' } }] as const),
  [
    'metadata.authorization_signed_response_alg',
    { responseMode: 'jwt', metadata: { authorization_signed_response_alg: 'RS256' } },
  ],
  ['metadata.id_token_signed_response_alg', { metadata: { id_token_signed_response_alg: null } }],
  [
    'metadata.require_pushed_authorization_requests',
    { metadata: { require_pushed_authorization_requests: false } },
  ],
  ['metadata.dpop_bound_access_tokens', { metadata: { dpop_bound_access_tokens: false } }],
  ['metadata.dpop_bound_access_tokens', { metadata: { dpop_bound_access_tokens: null } }],
]

/** What message signing adds. */
const unsigned: readonly Row[] = [
  ['responseMode', { responseMode: 'query' }],
  ['responseMode', { responseMode: 'form_post' }],
  ['metadata.require_signed_request_object', { metadata: { require_signed_request_object: false } }],
  ['client.privateKey', { client: { clientId: 'c', assertion: () => 'a' } }, 'is required'],
  [
    'client.privateKey',
    { client: { clientId: 'c', authenticationMethod: 'tls_client_auth' } },
    'is required',
  ],
]

/** Bound by a certificate unless the row is about that: what is refused is refused for its own reason. */
function withProfile(profile: string | undefined, options: object): object {
  const { metadata = {} } = options as { metadata?: object }
  const isAboutBinding = 'dpop_bound_access_tokens' in metadata
  return {
    ...options,
    ...(profile && { profile }),
    metadata: isAboutBinding ? metadata : { ...boundByTls, ...metadata },
  }
}

describe.each(['fapi2', 'fapi2-message-signing'])('with the profile %s', profile => {
  test.for(contradictions)('options.%s is refused: %j', ([path, options, rule = '']) => {
    expect(settingsOf(withProfile(undefined, options)).profile).toBeUndefined()
    const refusal = refusalOf(withProfile(profile, options))
    expect(refusal).toMatchObject({ code: 'ERR_OIDC_INVALID_OPTION' })
    expect(refusal.message).toMatch(new RegExp(`^options\\.${path} ${rule}.*because of options\\.profile`))
    expect(refusal.message).not.toContain('canary-secret')
  })

  test.each([
    {},
    { pushedAuthorizationRequests: true },
    { client },
    { client: { clientId: 'c', privateKey: ecKey('P-256') } },
    { client: { clientId: 'c', privateKey: { ...key, alg: 'PS256' } } },
    { client, trustedAudiences: [] },
    { metadata: { id_token_signed_response_alg: 'PS256', userinfo_signed_response_alg: 'none' } },
    { metadata: { token_endpoint_auth_method: 'tls_client_auth' } },
    { issuer: 'http://127.0.0.1:4444', baseUrl: 'http://localhost:3000' },
    { clientAssertions: { audience: 'issuer', lifetime: 30 } },
  ])('%j is accepted', options => {
    const settings = settingsOf(withProfile(profile, options))
    expect(settings).toMatchObject({ profile, pushedAuthorizationRequests: true })
    expect(settings.metadata).toMatchObject({ ...boundByTls, require_pushed_authorization_requests: true })
    expect(settings.metadata).not.toHaveProperty('dpop_bound_access_tokens')
  })
})

describe('the profile fapi2-message-signing', () => {
  test.for(unsigned)('refuses options.%s: %j', ([path, options, rule = '']) => {
    const message = new RegExp(`^options\\.${path} ${rule}.*because of options\\.profile`)
    expect(refusalOf(withProfile('fapi2-message-signing', options)).message).toMatch(message)
    expect(settingsOf(withProfile('fapi2', options)).profile).toBe('fapi2')
  })

  test('asks for signed requests and responses', () => {
    const settings = settingsOf(withProfile('fapi2-message-signing', {}))
    expect(settings.responseMode).toBe('jwt')
    expect(settings.metadata).toMatchObject({ require_signed_request_object: true })
  })

  test('lets the response be posted', () => {
    const options = withProfile('fapi2-message-signing', { responseMode: 'form_post.jwt' })
    expect(settingsOf(options).responseMode).toBe('form_post.jwt')
  })
})

test('members of metadata that are undefined do not switch a rule of the profile off', () => {
  const metadata = { ...boundByTls, require_pushed_authorization_requests: undefined }
  expect(settingsOf({ profile: 'fapi2', metadata }).metadata).toMatchObject({
    require_pushed_authorization_requests: true,
  })
})
