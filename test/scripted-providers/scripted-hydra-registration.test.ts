import { afterEach, beforeEach, expect, test } from 'vitest'
import { METADATA, post, type Registered, register, said, send } from '../support/scripted-hydra/driver.ts'
import { type ScriptedHydra, scriptedHydra } from '../support/scripted-hydra.ts'
import { REDIRECT_URI } from '../support/scripted-provider/driver.ts'

let hydra: ScriptedHydra

beforeEach(async () => {
  hydra = await scriptedHydra()
})

afterEach(() => hydra.close())

test('answers with empty strings, null lists, null lifespans, empty jwks and metadata', async () => {
  const response = await post(hydra, {})
  const client = (await response.json()) as Registered
  expect(response.status).toBe(201)
  expect(response.headers.get('location')).toBe(`admin/clients/${client.client_id}`)
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(response.headers.get('cache-control')).toBeNull()
  expect(client).toEqual({
    client_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    client_secret: expect.stringMatching(/^[\w.~-]{26}$/),
    client_secret_expires_at: 0,
    client_name: '',
    redirect_uris: null,
    grant_types: null,
    response_types: null,
    contacts: null,
    scope: 'offline_access offline openid',
    audience: [],
    allowed_cors_origins: [],
    owner: '',
    policy_uri: '',
    tos_uri: '',
    client_uri: '',
    logo_uri: '',
    subject_type: 'public',
    jwks: {},
    token_endpoint_auth_method: 'client_secret_basic',
    userinfo_signed_response_alg: 'none',
    metadata: {},
    skip_consent: false,
    skip_logout_consent: null,
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    updated_at: client['created_at'],
    registration_access_token: expect.stringMatching(/^ory_at_[\w-]{43}\.[\w-]{43}$/),
    registration_client_uri: `${hydra.issuer}/oauth2/register/${client.client_id}`,
    authorization_code_grant_access_token_lifespan: null,
    authorization_code_grant_id_token_lifespan: null,
    authorization_code_grant_refresh_token_lifespan: null,
    client_credentials_grant_access_token_lifespan: null,
    device_authorization_grant_access_token_lifespan: null,
    device_authorization_grant_id_token_lifespan: null,
    device_authorization_grant_refresh_token_lifespan: null,
    implicit_grant_access_token_lifespan: null,
    implicit_grant_id_token_lifespan: null,
    jwt_bearer_grant_access_token_lifespan: null,
    refresh_token_grant_access_token_lifespan: null,
    refresh_token_grant_id_token_lifespan: null,
    refresh_token_grant_refresh_token_lifespan: null,
  })
})

test('makes the client id itself and drops members that it does not know', async () => {
  const client = await register(hydra, {
    client_id: 'mine',
    client_secret_expires_at: 7,
    application_type: 'web',
    id_token_signed_response_alg: 'ES256',
    software_statement: 'x',
  })
  expect(client.client_id).not.toBe('mine')
  expect(client['client_secret_expires_at']).toBe(0)
  for (const name of ['application_type', 'id_token_signed_response_alg', 'software_statement']) {
    expect(client).not.toHaveProperty(name)
  }
})

test('gives a secret to private_key_jwt, none to a public client, and takes any method', async () => {
  const method = async (token_endpoint_auth_method: string, more: object = {}) =>
    'client_secret' in (await register(hydra, { token_endpoint_auth_method, ...more }))
  expect(await method('private_key_jwt', { jwks_uri: 'http://127.0.0.1/jwks' })).toBe(true)
  expect(await method('none')).toBe(false)
  expect(await method('tls_client_auth')).toBe(true)
})

test('looks at no Authorization header', async () => {
  const response = await send(`${hydra.issuer}/oauth2/register`, 'POST', 'no such token', METADATA)
  expect(response.status).toBe(201)
})

test.each([
  [
    'not JSON',
    '<html>',
    "Unable to decode the request body: invalid character '<' looking for beginning of value",
  ],
  [
    'a chosen secret',
    { client_secret: 'mine' },
    'It is not allowed to choose your own OAuth2 Client secret.',
  ],
  [
    'a token strategy',
    { access_token_strategy: 'jwt' },
    'It is not allowed to choose your own access token strategy.',
  ],
  [
    'a lifespan that is no duration',
    { implicit_grant_id_token_lifespan: '1 hour' },
    "Unable to decode the request body: time: invalid duration '1 hour'",
  ],
])('refuses %s in English', async (_, body, error_description) => {
  const response = await post(hydra, body)
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(await said(response)).toEqual({
    status: 400,
    body: { error: 'The request was malformed or contained invalid parameters', error_description },
  })
})

const METADATA_INVALID =
  "The value of one of the Client Metadata fields is invalid and the server has rejected this request. Note that an Authorization Server MAY choose to substitute a valid value for any requested parameter of a Client's Metadata."

test.each([
  ['metadata', { metadata: {} }, "'metadata' cannot be set for dynamic client registration"],
  ['metadata that is null', { metadata: null }, "'metadata' cannot be set for dynamic client registration"],
  [
    'private_key_jwt without keys',
    { token_endpoint_auth_method: 'private_key_jwt', jwks: {} },
    "When token_endpoint_auth_method is 'private_key_jwt', either jwks or jwks_uri must be set.",
  ],
  [
    'jwks beside jwks_uri',
    { jwks: { keys: [] }, jwks_uri: 'https://app.example/jwks' },
    'Fields jwks and jwks_uri can not both be set, you must choose one.',
  ],
  [
    'a post_logout_redirect_uri on another port',
    { redirect_uris: [REDIRECT_URI], post_logout_redirect_uris: ['http://127.0.0.1:81/'] },
    "post_logout_redirect_uri 'http://127.0.0.1:81/' must match the domain, port, scheme of at least one of the registered redirect URIs but did not",
  ],
  [
    'EdDSA for client assertions',
    {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'https://app.example/jwks',
      token_endpoint_auth_signing_alg: 'EdDSA',
    },
    'Only RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 and ES512 are supported as algorithms for private key authentication.',
  ],
  [
    'another algorithm for the UserInfo',
    { userinfo_signed_response_alg: 'ES256' },
    "Field userinfo_signed_response_alg can either be 'none' or 'RS256'.",
  ],
])('refuses %s with a code', async (_, body, hint) => {
  expect(await said(post(hydra, body))).toEqual({
    status: 400,
    body: { error: 'invalid_client_metadata', error_description: `${METADATA_INVALID} ${hint}` },
  })
})

test.each(['skip_consent', 'skip_logout_consent'])('refuses %s with a code of its own', async name => {
  expect(await said(post(hydra, { [name]: true }))).toEqual({
    status: 400,
    body: {
      error: 'invalid_request',
      error_description: `'${name}' cannot be set for dynamic client registration`,
    },
  })
  expect((await post(hydra, { [name]: false })).status).toBe(201)
})

test('refuses a fragment in a redirect URI', async () => {
  expect(await said(post(hydra, { redirect_uris: ['https://app.example/#here'] }))).toEqual({
    status: 400,
    body: {
      error: 'invalid_redirect_uri',
      error_description:
        'The value of one or more redirect_uris is invalid. Redirect URIs must not contain fragments (#).',
    },
  })
})
