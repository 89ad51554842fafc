import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import * as client from 'openid-client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { configurationOf, type Registered, register, said } from '../support/scripted-hydra/driver.ts'
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
const probe = (form: Record<string, string>) =>
  postForm(`${hydra.issuer}/oauth2/token`, new URLSearchParams({ ...BOGUS, ...form }))

let key: Awaited<ReturnType<typeof newKey>>
let registered: Registered

beforeEach(async () => {
  key = await newKey('RS256', { kid: 'one', use: 'sig' })
  registered = await registerWith({ jwks: { keys: [key.jwk] } })
})

async function newKey(alg: string, members: JWK) {
  const { privateKey, publicKey } = await generateKeyPair(alg)
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), ...members } }
}

const registerWith = (metadata: object) =>
  register(hydra, { token_endpoint_auth_method: 'private_key_jwt', ...metadata })

async function assertion(claims: object = {}, header: object = {}, { privateKey } = key): Promise<string> {
  const { client_id } = registered
  const usual = { iss: client_id, sub: client_id, aud: `${hydra.issuer}/oauth2/token`, jti: randomUUID() }
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ ...usual, iat: now, exp: now + 60, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'one', ...header })
    .sign(privateKey)
}

const ask = async (client_assertion: string | Promise<string>) =>
  said(
    probe({
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await client_assertion,
    }),
  )

const ACCEPTED = { status: 400, body: { error: 'invalid_grant' } }

test('signs a user in when aud is the token endpoint', async () => {
  const modify = {
    [client.modifyAssertion]: (_: unknown, payload: Record<string, unknown>) => {
      payload['aud'] = `${hydra.issuer}/oauth2/token`
    },
  }
  const authentication = client.PrivateKeyJwt({ key: key.privateKey, kid: 'one' }, modify)
  const config = await configurationOf(hydra, { client_id: registered.client_id }, authentication)
  expect((await tokensOf(config)).claims()?.sub).toBe('user-1')
})

test('takes the token endpoint as aud, alone or in a list, and refuses the issuer', async () => {
  const url = `${hydra.issuer}/oauth2/token`
  expect(await ask(assertion())).toMatchObject(ACCEPTED)
  expect(await ask(assertion({ aud: [hydra.issuer, url] }))).toMatchObject(ACCEPTED)
  expect(await ask(assertion({ aud: hydra.issuer }))).toEqual({
    status: 401,
    body: {
      error: 'invalid_client',
      error_description: `${NO_CLIENT} Claim 'audience' from 'client_assertion' must match the authorization server's token endpoint '${url}'.`,
    },
  })
})

test('takes an assertion once', async () => {
  const once = await assertion()
  expect(await ask(once)).toMatchObject(ACCEPTED)
  expect(await ask(once)).toEqual({
    status: 400,
    body: {
      error: 'jti_known',
      error_description:
        "The jti was already used. Claim 'jti' from 'client_assertion' MUST only be used once.",
    },
  })
})

test('answers 400 invalid_request to a kid that it does not know', async () => {
  expect(await ask(assertion({}, { kid: 'two' }))).toEqual({
    status: 400,
    body: {
      error: 'invalid_request',
      error_description: `${MALFORMED} The JSON Web Token uses signing key with kid 'two', which could not be found.`,
    },
  })
})

test('answers the same to a key without use "sig"', async () => {
  const useless = await newKey('RS256', { kid: 'one' })
  registered = await registerWith({ jwks: { keys: [useless.jwk] } })
  expect((await ask(assertion({}, {}, useless))).body).toEqual({
    error: 'invalid_request',
    error_description: `${MALFORMED} Unable to find RSA public key with use='sig' for kid 'one' in JSON Web Key Set.`,
  })
})

test('enforces RS256 until another algorithm is registered', async () => {
  const elliptic = await newKey('ES256', { kid: 'one', use: 'sig' })
  const jwks = { keys: [elliptic.jwk] }
  registered = await registerWith({ jwks })
  expect((await ask(assertion({}, { alg: 'ES256' }, elliptic))).body).toEqual({
    error: 'invalid_client',
    error_description: `${NO_CLIENT} The 'client_assertion' uses signing algorithm 'ES256' but the requested OAuth 2.0 Client enforces signing algorithm 'RS256'.`,
  })
  registered = await registerWith({ jwks, token_endpoint_auth_signing_alg: 'ES256' })
  expect(await ask(assertion({}, { alg: 'ES256' }, elliptic))).toMatchObject(ACCEPTED)
})

const inSeconds = (ahead: number): number => Math.floor(Date.now() / 1000) + ahead

test.each([
  ['is issued in the future', () => ({ iat: inSeconds(2) })],
  ['is not valid yet', () => ({ nbf: inSeconds(2) })],
  ['has expired', () => ({ exp: inSeconds(0) })],
])('does not recognize its own error when an assertion %s', async (_, claims) => {
  expect(await ask(assertion(claims()))).toEqual({
    status: 500,
    body: { error: 'error', error_description: 'The error is unrecognizable' },
  })
})

test('takes an assertion without nbf whose iat is set back', async () => {
  expect(await ask(assertion({ iat: inSeconds(-30) }))).toMatchObject(ACCEPTED)
})

test('has a clock of its own, which its answers name', async () => {
  hydra.clockAhead = 600
  expect(await ask(assertion())).toMatchObject({ status: 500 })
  const { headers } = await fetch(`${hydra.issuer}/.well-known/openid-configuration`)
  const ahead = (Date.parse(headers.get('date') ?? '') - Date.now()) / 1000
  expect(Math.round(ahead / 10)).toBe(60)
  hydra.clockAhead = -600
  expect(await ask(assertion())).toMatchObject({ status: 500 })
  expect(await ask(assertion({ iat: inSeconds(-600), exp: inSeconds(-540) }))).toMatchObject(ACCEPTED)
})

test('refuses a signature by another key and a wrong subject', async () => {
  const descriptionOf = async (token: Promise<string>) =>
    (await ask(token)).body as { readonly error_description: string }
  const thief = await newKey('RS256', {})
  expect((await descriptionOf(assertion({}, {}, thief))).error_description).toBe(
    `${NO_CLIENT} Unable to verify the integrity of the 'client_assertion' value.`,
  )
  expect((await descriptionOf(assertion({ iss: 'other' }))).error_description).toBe(
    `${NO_CLIENT} Claim 'iss' from 'client_assertion' must match the 'client_id' of the OAuth 2.0 Client.`,
  )
})

test('fetches a jwks_uri again as soon as a kid is missing', async () => {
  const keys = [key.jwk]
  let fetches = 0
  const server = createServer((_req, res) => {
    fetches += 1
    res.end(JSON.stringify({ keys }))
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  registered = await registerWith({ jwks_uri: `http://127.0.0.1:${port}/` })
  expect(await ask(assertion())).toMatchObject(ACCEPTED)
  expect(await ask(assertion())).toMatchObject(ACCEPTED)
  const second = await newKey('RS256', { kid: 'two', use: 'sig' })
  keys.push(second.jwk)
  expect(await ask(assertion({}, { kid: 'two' }, second))).toMatchObject(ACCEPTED)
  expect(fetches).toBe(2)
  server.close()
  server.closeAllConnections()
})
