import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, expectTypeOf } from 'vitest'
import { type ClientInformation, type OAuth2Client, OidcApi } from '../../../src/index.ts'
import { test } from '../../support/flow.ts'
import { credentials, REDIRECT_URI } from '../../support/providers/operations.ts'
import { json, type ScriptedProvider } from '../../support/scripted-provider.ts'

/** The members that the type names; not those that its index signature lets through. */
type Named = keyof { [Member in keyof OAuth2Client as string extends Member ? never : Member]: true }

const whole = {
  access_token_strategy: 'jwt',
  allowed_cors_origins: ['https://app.example'],
  audience: ['api'],
  authorization_code_grant_access_token_lifespan: '1h',
  authorization_code_grant_id_token_lifespan: '1h',
  authorization_code_grant_refresh_token_lifespan: '720h',
  backchannel_logout_session_required: true,
  backchannel_logout_uri: 'https://app.example/backchannel-logout',
  client_credentials_grant_access_token_lifespan: '1h',
  client_id: 'client-1',
  client_name: 'Shop',
  client_secret: 'secret',
  client_secret_expires_at: 0,
  client_uri: 'https://app.example/',
  contacts: ['ops@app.example'],
  created_at: '2026-01-01T00:00:00Z',
  device_authorization_grant_access_token_lifespan: '1h',
  device_authorization_grant_id_token_lifespan: '1h',
  device_authorization_grant_refresh_token_lifespan: '1h',
  dpop_bound_access_tokens: true,
  frontchannel_logout_session_required: true,
  frontchannel_logout_uri: 'https://app.example/frontchannel-logout',
  grant_types: ['authorization_code'],
  id_token_signed_response_alg: 'RS256',
  implicit_grant_access_token_lifespan: '1h',
  implicit_grant_id_token_lifespan: '1h',
  initiate_login_uri: 'https://app.example/initiate-login',
  jwks: { keys: [{ kty: 'RSA', use: 'sig', alg: 'RS256', kid: 'key-1' }] },
  jwks_uri: 'https://app.example/jwks',
  jwt_bearer_grant_access_token_lifespan: '1h',
  logo_uri: 'https://app.example/logo.png',
  metadata: { team: 'shop' },
  owner: 'shop',
  policy_uri: 'https://app.example/policy',
  post_logout_redirect_uris: ['https://app.example/'],
  redirect_uris: [REDIRECT_URI],
  require_pushed_authorization_requests: true,
  refresh_token_grant_access_token_lifespan: '1h',
  refresh_token_grant_id_token_lifespan: '1h',
  refresh_token_grant_refresh_token_lifespan: '1h',
  registration_access_token: 'token',
  registration_client_uri: 'https://op.example/oauth2/register/client-1',
  require_signed_request_object: true,
  authorization_signed_response_alg: 'ES256',
  request_object_signing_alg: 'RS256',
  request_uris: ['https://app.example/request.jwt'],
  response_types: ['code'],
  scope: 'openid offline_access',
  sector_identifier_uri: 'https://app.example/sector.json',
  skip_consent: false,
  skip_logout_consent: false,
  subject_type: 'public',
  token_endpoint_auth_method: 'client_secret_basic',
  token_endpoint_auth_signing_alg: 'RS256',
  tls_client_certificate_bound_access_tokens: true,
  use_mtls_endpoint_aliases: true,
  tos_uri: 'https://app.example/tos',
  updated_at: '2026-01-01T00:00:00Z',
  userinfo_signed_response_alg: 'none',
} as const satisfies Required<Pick<OAuth2Client, Named>>

describe('the model of a client', () => {
  test('names every member of Ory’s OAuth2Client, and eight of other specifications', () => {
    // Both ways: `satisfies` above refuses a member that is missing, this one that is too much.
    expectTypeOf<keyof typeof whole>().toEqualTypeOf<Named>()
    const notOrys = [
      'authorization_signed_response_alg',
      'dpop_bound_access_tokens',
      'id_token_signed_response_alg',
      'initiate_login_uri',
      'require_pushed_authorization_requests',
      'require_signed_request_object',
      'tls_client_certificate_bound_access_tokens',
      'use_mtls_endpoint_aliases',
    ]
    expect(Object.keys(whole).filter(name => !notOrys.includes(name))).toHaveLength(51)
  })

  test('leaves none but metadata untyped', () => {
    type Untyped = { [Member in Named]: unknown extends OAuth2Client[Member] ? Member : never }[Named]
    // The compiler decides; what is called here returns true whatever the types are.
    expect(expectTypeOf<Untyped>().toEqualTypeOf<'metadata'>()).toBe(true)
    expect(expectTypeOf<OAuth2Client['software_statement']>().toBeUnknown()).toBe(true)
  })

  test('refuses a value of another type', () => {
    // @ts-expect-error a list
    const list: OAuth2Client = { redirect_uris: REDIRECT_URI }
    // @ts-expect-error one of two words
    const word: OAuth2Client = { subject_type: 'private' }
    // @ts-expect-error a duration
    const duration: OAuth2Client = { implicit_grant_id_token_lifespan: 3600 }
    expect([list, word, duration]).toHaveLength(3)
  })

  const source = ['oauth2-client', 'token-lifespans']
    .map(name => readFileSync(join(import.meta.dirname, `../../../src/vocabulary/${name}.ts`), 'utf8'))
    .join('\n')

  test.for(Object.keys(whole))('documents %s in a sentence', member => {
    const [, comment] = new RegExp(`^  /\\*\\* (.+) \\*/\\n  readonly ${member}\\?:`, 'm').exec(source) ?? []
    expect(comment).toMatch(/^[A-Z`].{8,}\.$/)
  })
})

/** What `get` makes of an answer. */
async function read(provider: ScriptedProvider, answer: object): Promise<ClientInformation> {
  provider.answer('client', json(answer))
  return new OidcApi({ issuer: provider.issuer }).getOidcDynamicClient(credentials)
}

const lifespans = Object.keys(whole).filter(name => name.endsWith('_lifespan'))
const texts = ['client_name', 'owner', 'policy_uri', 'tos_uri', 'client_uri', 'logo_uri', 'scope']
const lists = ['redirect_uris', 'grant_types', 'response_types', 'contacts']

describe('an answer', () => {
  test('with null, empty text and an empty key set says nothing of them', async ({ provider }) => {
    const nulls = Object.fromEntries(
      [...lifespans, ...lists, 'skip_logout_consent'].map(name => [name, null]),
    )
    const empty = Object.fromEntries(texts.map(name => [name, '']))
    const client = await read(provider, { ...nulls, ...empty, jwks: {}, client_name: 'One' })
    expect(client).toEqual({ ...credentials, client_name: 'One' })
  })

  test.for([
    ['null', null],
    ['{}', {}],
  ] as const)('with jwks: %s has no keys', async ([, jwks], { provider }) => {
    expect(await read(provider, { jwks })).not.toHaveProperty('jwks')
  })

  test('with keys, false, 0 and empty lists says so', async ({ provider }) => {
    const answer = { jwks: { keys: [] }, skip_consent: false, client_secret_expires_at: 0, audience: [] }
    expect(await read(provider, answer)).toMatchObject(answer)
  })

  test('with members that nobody knows keeps them, dangerous names too', async ({ provider }) => {
    const body = '{"x_plan":{"seats":3},"__proto__":{"isAdmin":true},"constructor":"x"}'
    provider.answer(
      'client',
      (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(body),
    )
    const client = await new OidcApi({ issuer: provider.issuer }).getOidcDynamicClient(credentials)
    expect(client['x_plan']).toEqual({ seats: 3 })
    expect(client['isAdmin']).toBeUndefined()
    expect(Object.getPrototypeOf({})).not.toHaveProperty('isAdmin')
  })

  test('with members of another type leaves out those that are read, and keeps the rest', async ({
    provider,
  }) => {
    const wrong = {
      client_secret_expires_at: [],
      grant_types: 'authorization_code',
      id_token_signed_response_alg: ['RS256'],
      jwks: 'keys',
      post_logout_redirect_uris: [7],
      redirect_uris: { 0: 'https://app.example' },
      registration_access_token: 7,
      response_types: true,
      scope: 0,
      token_endpoint_auth_method: 7,
      token_endpoint_auth_signing_alg: {},
      userinfo_signed_response_alg: false,
    }
    expect(await read(provider, { ...wrong, x_plan: 7 })).toEqual({ ...credentials, x_plan: 7 })
    const right = { grant_types: ['authorization_code'], scope: 'openid', jwks: { keys: [] } }
    expect(await read(provider, { ...wrong, ...right })).toEqual({ ...credentials, ...right })
  })

  test('of another client does not change who we are', async ({ provider }) => {
    expect(await read(provider, { client_id: 'client-2' })).toMatchObject({ client_id: 'client-1' })
  })

  test('with every member comes back as it is', async ({ provider }) => {
    const { registration_client_uri: _, client_secret, registration_access_token, ...rest } = whole
    const news = { client_secret, registration_access_token }
    expect(await read(provider, { ...rest, ...news })).toEqual({ ...rest, ...news })
  })

  test('to a registration may be as empty as Hydra’s', async ({ provider }) => {
    const answer = { ...Object.fromEntries([...lists, ...lifespans].map(name => [name, null])), jwks: {} }
    provider.answer('register', json({ ...answer, client_id: 'new', client_secret: 'secret', scope: '' }))
    const client = await new OidcApi({ issuer: provider.issuer }).createOidcDynamicClient({})
    expect(client).toEqual({ client_id: 'new', client_secret: 'secret' })
  })
})
