import { expect } from 'vitest'
import { boundByTls, equip } from '../../support/fapi/equipped-provider.ts'
import { expectRefusal, test } from '../../support/flow.ts'
import { encryptionLists } from '../../support/tokens/encryption.ts'

/** What each profile needs, as the member that is missing or says something else. */
const lacking: readonly (readonly [string, object, string])[] = [
  ['code_challenge_methods_supported', {}, 'is missing'],
  ['pushed_authorization_request_endpoint', {}, 'is missing'],
  [
    'id_token_signing_alg_values_supported',
    { id_token_signing_alg_values_supported: ['RS256'] },
    'contains none of PS256',
  ],
  ['token_endpoint_auth_methods_supported', {}, 'is missing'],
  [
    'token_endpoint_auth_methods_supported',
    { token_endpoint_auth_methods_supported: ['client_secret_basic'] },
    'contains none of private_key_jwt',
  ],
  ['token_endpoint_auth_signing_alg_values_supported', {}, 'is missing'],
  [
    'token_endpoint_auth_signing_alg_values_supported',
    { token_endpoint_auth_signing_alg_values_supported: ['RS256', 'ES384'] },
    'contains none of PS256',
  ],
  ['dpop_signing_alg_values_supported', {}, 'is missing'],
  [
    'dpop_signing_alg_values_supported',
    { dpop_signing_alg_values_supported: ['RS256'] },
    'contains none of PS256',
  ],
]
const unbound: readonly (readonly [string, object, string])[] = [
  ['tls_client_certificate_bound_access_tokens', {}, 'is missing'],
  [
    'tls_client_certificate_bound_access_tokens',
    { tls_client_certificate_bound_access_tokens: false },
    'is not true',
  ],
]
const unnamed: readonly (readonly [string, object, string])[] = [
  ['authorization_response_iss_parameter_supported', {}, 'is missing'],
  [
    'authorization_response_iss_parameter_supported',
    { authorization_response_iss_parameter_supported: false },
    'is not true',
  ],
]
const unsigned: readonly (readonly [string, object, string])[] = [
  ['request_object_signing_alg_values_supported', {}, 'is missing'],
  [
    'request_object_signing_alg_values_supported',
    { request_object_signing_alg_values_supported: ['RS256', 'none'] },
    'contains none of PS256',
  ],
  ['authorization_signing_alg_values_supported', {}, 'is missing'],
  [
    'authorization_signing_alg_values_supported',
    { authorization_signing_alg_values_supported: ['RS256'] },
    'contains none of PS256',
  ],
  ['response_modes_supported', {}, 'is missing'],
  ['response_modes_supported', { response_modes_supported: ['query', 'form_post'] }, 'contains none of jwt'],
]

const table = [
  ...lacking.flatMap(row => [['fapi2', {}, ...row] as const, ['fapi2-message-signing', {}, ...row] as const]),
  ...unbound.map(row => ['fapi2', boundByTls, ...row] as const),
  ...unnamed.map(row => ['fapi2', {}, ...row] as const),
  ...unsigned.map(row => ['fapi2-message-signing', {}, ...row] as const),
]

test.for(table)(
  'the profile %s (%j) refuses a provider by its %s: %j',
  async (row, { provider, start, browser }) => {
    const [profile, metadata, member, changed, rule] = row
    equip(provider)
    const whole = { ...provider.metadata }
    equip(provider, { [member]: undefined, ...changed })
    const app = await start({ relyingParty: { profile, metadata } })
    await expect(app.rp.ready()).rejects.toMatchObject({
      code: 'ERR_OIDC_DISCOVERY_INVALID',
      message: expect.stringContaining(`${member} ${rule}`),
    })
    const page = await browser.open(`${app.url}/private`)
    await expectRefusal(page, [503, 'ERR_OIDC_DISCOVERY_INVALID'], { app, browser })
    provider.metadata = whole
    const other = await start({ relyingParty: { profile, metadata } })
    await other.rp.ready()
  },
)

test.for([
  ['jwt', ['query', 'form_post.jwt'], 'contains none of jwt, query.jwt', ['query.jwt']],
  ['form_post.jwt', ['jwt', 'query.jwt'], 'contains none of form_post.jwt', ['form_post.jwt']],
] as const)(
  'message signing with the response mode %s refuses a provider that lists only %j',
  async ([responseMode, others, rule, listed], { provider, start }) => {
    const options = { relyingParty: { profile: 'fapi2-message-signing', responseMode } } as const
    equip(provider, { response_modes_supported: others })
    await expect((await start(options)).rp.ready()).rejects.toMatchObject({
      code: 'ERR_OIDC_DISCOVERY_INVALID',
      message: expect.stringContaining(`response_modes_supported ${rule}`),
    })
    equip(provider, { response_modes_supported: listed })
    await (await start(options)).rp.ready()
  },
)

test('a method with a certificate must be one that the provider lists', async ({ provider, start }) => {
  const client = { clientId: 'by-hand', authenticationMethod: 'tls_client_auth' } as const
  const options = { relyingParty: { profile: 'fapi2', client, metadata: boundByTls } } as const
  equip(provider)
  await expect((await start(options)).rp.ready()).rejects.toMatchObject({
    code: 'ERR_OIDC_DISCOVERY_INVALID',
    message: expect.stringContaining(
      'token_endpoint_auth_methods_supported contains none of tls_client_auth',
    ),
  })
  equip(provider, { token_endpoint_auth_methods_supported: ['tls_client_auth'] })
  await (await start(options)).rp.ready()
})

test.for([
  ['fapi2', 'PS256'],
  ['fapi2-message-signing', 'PS256'],
  [undefined, 'RS256'],
] as const)(
  'with the profile %s, a client whose UserInfo is encrypted registers %s for its signature',
  async ([profile, algorithm], { provider, start }) => {
    equip(provider, { ...encryptionLists, userinfo_signing_alg_values_supported: ['RS256', 'PS256'] })
    const metadata = { userinfo_encrypted_response_alg: 'ECDH-ES' } as const
    const app = await start({ relyingParty: { ...(profile && { profile }), metadata } })
    await app.rp.ready()
    const [client] = provider.clients.values()
    expect(client).toMatchObject({ ...metadata, userinfo_signed_response_alg: algorithm })
  },
)
