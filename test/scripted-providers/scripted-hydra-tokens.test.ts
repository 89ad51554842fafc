import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from 'jose'
import * as client from 'openid-client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { configurationOf, configure, register, said } from '../support/scripted-hydra/driver.ts'
import { type ScriptedHydra, scriptedHydra } from '../support/scripted-hydra.ts'
import { authorize, locationOf, postForm, tokensOf } from '../support/scripted-provider/driver.ts'

let hydra: ScriptedHydra

beforeEach(async () => {
  hydra = await scriptedHydra()
})

afterEach(() => hydra.close())

const NO_GRANT =
  'The provided authorization grant (e.g., authorization code, resource owner credentials) or refresh token is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.'
const NO_CLIENT =
  'Client authentication failed (e.g., unknown client, no client authentication included, or unsupported authentication method).'

const userInfoStatus = async (token: string) =>
  (await fetch(`${hydra.issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } })).status

test('takes a code once, and takes everything back at the second time', async () => {
  const config = await configure(hydra)
  const { response, checks } = await authorize(config)
  const tokens = await client.authorizationCodeGrant(config, locationOf(response), checks)
  expect(await userInfoStatus(tokens.access_token)).toBe(200)
  const again = client.authorizationCodeGrant(config, locationOf(response), checks)
  await expect(again).rejects.toMatchObject({
    status: 400,
    error: 'invalid_grant',
    error_description: `${NO_GRANT} The authorization code has already been used.`,
  })
  expect(await userInfoStatus(tokens.access_token)).toBe(401)
  await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
    error: 'invalid_grant',
  })
})

test('refuses a wrong verifier and a code of another client', async () => {
  const config = await configure(hydra)
  const { response, checks } = await authorize(config)
  const wrong = { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() }
  await expect(client.authorizationCodeGrant(config, locationOf(response), wrong)).rejects.toMatchObject({
    error_description: `${NO_GRANT} The PKCE code challenge did not match the code verifier.`,
  })
  const thief = await configure(hydra)
  await expect(client.authorizationCodeGrant(thief, locationOf(response), checks)).rejects.toMatchObject({
    error_description: `${NO_GRANT} The OAuth 2.0 Client ID from this request does not match the one from the authorize request.`,
  })
})

test('gives a refresh token only for scope and grant type together', async () => {
  const refreshToken = async (metadata: object, scope: string) => {
    const config = await configure(hydra, metadata)
    const { response, checks } = await authorize(config, { scope })
    return (await client.authorizationCodeGrant(config, locationOf(response), checks)).refresh_token
  }
  expect(await refreshToken({}, 'openid')).toBeUndefined()
  expect(await refreshToken({ grant_types: null }, 'openid offline')).toBeUndefined()
  expect(await refreshToken({}, 'openid offline')).toBeDefined()
})

test('rotates refresh tokens and ends the access tokens before', async () => {
  const config = await configure(hydra)
  const first = await tokensOf(config)
  const second = await client.refreshTokenGrant(config, first.refresh_token ?? '')
  expect(second.refresh_token).not.toBe(first.refresh_token)
  expect(await userInfoStatus(first.access_token)).toBe(401)
  expect(await userInfoStatus(second.access_token)).toBe(200)
})

test('kills the grant when a refresh token comes twice', async () => {
  const config = await configure(hydra)
  const first = await tokensOf(config)
  const second = await client.refreshTokenGrant(config, first.refresh_token ?? '')
  await expect(client.refreshTokenGrant(config, first.refresh_token ?? '')).rejects.toMatchObject({
    status: 400,
    error: 'invalid_grant',
    error_description: `${NO_GRANT} The refresh token was already used.`,
  })
  expect(await userInfoStatus(second.access_token)).toBe(401)
  await expect(client.refreshTokenGrant(config, second.refresh_token ?? '')).rejects.toMatchObject({
    error_description: `${NO_GRANT} The refresh token is malformed or not valid.`,
  })
})

test('asks for a retry when two refreshes compete, and the token is still good then', async () => {
  const config = await configure(hydra)
  const { refresh_token = '' } = await tokensOf(config)
  hydra.refreshConflicts = 1
  await expect(client.refreshTokenGrant(config, refresh_token)).rejects.toMatchObject({
    status: 400,
    error: 'invalid_request',
    error_description:
      'The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed. Failed to refresh token because of multiple concurrent requests using the same token. Please retry the request.',
  })
  await client.refreshTokenGrant(config, refresh_token)
})

test('keeps nonce, sid, times and kid in the refreshed ID token, and signs it with the new key', async () => {
  const config = await configure(hydra)
  const first = await tokensOf(config)
  const { nonce, sid, auth_time, rat, jti } = decodeJwt(first.id_token ?? '')
  const oldKid = hydra.keys[0]?.kid
  await hydra.rotateKeys()
  let idToken = ''
  config[client.customFetch] = async (url, options) => {
    const response = await fetch(url, options as RequestInit)
    if (url.endsWith('/token'))
      ({ id_token: idToken } = (await response.clone().json()) as { id_token: string })
    return response
  }
  await client.refreshTokenGrant(config, first.refresh_token ?? '').catch(() => {})
  expect(decodeJwt(idToken)).toMatchObject({ nonce, sid, auth_time, rat })
  expect(decodeJwt(idToken).jti).not.toBe(jti)
  expect(decodeProtectedHeader(idToken).kid).toBe(oldKid)
  const [newKey, oldKey] = hydra.keys
  await jwtVerify(idToken, await importJWK(newKey ?? {}, 'RS256'))
  await expect(jwtVerify(idToken, await importJWK(oldKey ?? {}, 'RS256'))).rejects.toThrow('signature')
})

test('revokes all tokens of a grant, and answers 200 for those that it does not know', async () => {
  const config = await configure(hydra)
  const { access_token, refresh_token = '' } = await tokensOf(config)
  await client.tokenRevocation(config, 'unknown')
  expect(await userInfoStatus(access_token)).toBe(200)
  await client.tokenRevocation(config, refresh_token)
  expect(await userInfoStatus(access_token)).toBe(401)
})

test('leaves the tokens of another client alone', async () => {
  const { access_token } = await tokensOf(await configure(hydra))
  await client.tokenRevocation(await configure(hydra), access_token)
  expect(await userInfoStatus(access_token)).toBe(200)
})

test('refuses to revoke for a client that is gone, which tells its credentials from a bad token', async () => {
  const { client_id, client_secret = '' } = await register(hydra)
  const revoke = () =>
    postForm(`${hydra.issuer}/oauth2/revoke`, new URLSearchParams({ token: 'any' }), {
      authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`,
    })
  const fine = await revoke()
  expect([fine.status, await fine.text()]).toEqual([200, ''])
  hydra.deleteClient(client_id)
  expect(await said(revoke())).toEqual({
    status: 401,
    body: { error: 'invalid_client', error_description: NO_CLIENT },
  })
})

test('lets the tokens of a deleted client die with it', async () => {
  const { client_id, client_secret = '' } = await register(hydra)
  const { access_token } = await tokensOf(await configurationOf(hydra, { client_id, client_secret }))
  hydra.deleteClient(client_id)
  expect(await userInfoStatus(access_token)).toBe(401)
})
