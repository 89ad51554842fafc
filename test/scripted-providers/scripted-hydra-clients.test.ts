import * as client from 'openid-client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { configure, register, said } from '../support/scripted-hydra/driver.ts'
import { type ScriptedHydra, scriptedHydra } from '../support/scripted-hydra.ts'
import { postForm, tokensOf } from '../support/scripted-provider/driver.ts'

let hydra: ScriptedHydra

beforeEach(async () => {
  hydra = await scriptedHydra()
})

afterEach(() => hydra.close())

const NO_CLIENT =
  'Client authentication failed (e.g., unknown client, no client authentication included, or unsupported authentication method).'
const MALFORMED =
  'The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed.'
const BOGUS = { grant_type: 'authorization_code', code: 'ory_ac_bogus' }

/** Sends a code that does not exist, which tells whether the client is known (and no more). */
const probe = (form: Record<string, string>, headers: Record<string, string> = {}) =>
  postForm(`${hydra.issuer}/oauth2/token`, new URLSearchParams({ ...BOGUS, ...form }), headers)

const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})

test.each([
  ['client_secret_basic', client.ClientSecretBasic()],
  ['client_secret_post', client.ClientSecretPost()],
  ['none', client.None()],
])('a client signs a user in with %s', async (token_endpoint_auth_method, authentication) => {
  const config = await configure(hydra, { token_endpoint_auth_method }, authentication)
  expect((await tokensOf(config)).claims()?.sub).toBe('user-1')
})

test('a secret is refused by any method but the registered one', async () => {
  const { client_id, client_secret = '' } = await register(hydra)
  const response = await probe({ client_id, client_secret })
  expect(response.headers.get('www-authenticate')).toBeNull()
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(await said(response)).toEqual({
    status: 401,
    body: {
      error: 'invalid_client',
      error_description: `${NO_CLIENT} The OAuth 2.0 Client supports client authentication method 'client_secret_basic', but method 'client_secret_post' was requested. You must configure the OAuth 2.0 client's 'token_endpoint_auth_method' value to accept 'client_secret_post'.`,
    },
  })
})

test('a secret is form-url-decoded', async () => {
  const { client_id, client_secret = '' } = await register(hydra)
  const encoded = client_secret.replace(/./g, letter => `%${letter.charCodeAt(0).toString(16)}`)
  expect((await said(probe({}, basic(client_id, encoded)))).body).toMatchObject({ error: 'invalid_grant' })
  expect((await said(probe({}, basic(client_id, '100%')))).body).toEqual({
    error: 'invalid_request',
    error_description: `${MALFORMED} The client secret in the HTTP authorization header could not be decoded from 'application/x-www-form-urlencoded'.`,
  })
})

test('a secret tells whether the client is there: 400 invalid_grant or 401 invalid_client', async () => {
  const { client_id, client_secret = '' } = await register(hydra)
  const ask = async (secret: string) => said(probe({}, basic(client_id, secret)))
  expect(await ask(client_secret)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  const refused = { status: 401, body: { error: 'invalid_client', error_description: NO_CLIENT } }
  expect(await ask('wrong')).toEqual(refused)
  hydra.deleteClient(client_id)
  expect(await ask(client_secret)).toEqual(refused)
})

test('a secret works on after a rotation, and not after an administrator has set another', async () => {
  const { client_id, client_secret = '' } = await register(hydra)
  const works = async (secret: string) => (await probe({}, basic(client_id, secret))).status === 400
  const second = hydra.rotateSecret(client_id)
  expect([await works(client_secret), await works(second)]).toEqual([true, true])
  hydra.adminPatch(client_id, { client_secret: 'by-the-administrator' })
  expect([await works(second), await works('by-the-administrator')]).toEqual([false, true])
})
