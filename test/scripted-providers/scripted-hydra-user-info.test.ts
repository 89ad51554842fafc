import { decodeJwt, decodeProtectedHeader } from 'jose'
import * as client from 'openid-client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { configure, said } from '../support/scripted-hydra/driver.ts'
import { type ScriptedHydra, scriptedHydra } from '../support/scripted-hydra.ts'
import { tokensOf } from '../support/scripted-provider/driver.ts'

let hydra: ScriptedHydra

beforeEach(async () => {
  hydra = await scriptedHydra()
})

afterEach(() => hydra.close())

test('answers UserInfo as JSON with iss, aud and rat, frozen at the sign-in', async () => {
  const config = await configure(hydra)
  const { access_token } = await tokensOf(config)
  hydra.user = { sub: 'user-1', name: 'Renamed' }
  const time = expect.any(Number)
  const { client_id } = config.clientMetadata()
  expect(await client.fetchUserInfo(config, access_token, 'user-1')).toEqual({
    iss: hydra.issuer,
    sub: 'user-1',
    aud: [client_id],
    iat: time,
    rat: time,
    auth_time: time,
    name: 'Una User',
    email: 'una@example.test',
  })
})

test('signs UserInfo for a client that registered RS256', async () => {
  const config = await configure(hydra, { userinfo_signed_response_alg: 'RS256' })
  const { access_token } = await tokensOf(config)
  await hydra.rotateKeys()
  const response = await fetch(`${hydra.issuer}/userinfo`, {
    headers: { authorization: `Bearer ${access_token}` },
  })
  expect(response.headers.get('content-type')).toBe('application/jwt')
  const jwt = await response.text()
  expect(decodeProtectedHeader(jwt)).toMatchObject({ kid: hydra.keys[0]?.kid, typ: 'JWT' })
  expect(decodeJwt(jwt)).toMatchObject({ sub: 'user-1', jti: expect.any(String), iat: expect.any(Number) })
  expect(decodeJwt(jwt)).not.toHaveProperty('exp')
})

test('says request_unauthorized to a token that is unknown, and something else to a refresh token', async () => {
  const { refresh_token } = await tokensOf(await configure(hydra))
  const ask = (token: string) => fetch(`${hydra.issuer}/userinfo?access_token=${token}`)
  const description =
    'The request could not be authorized. Check that you provided valid credentials in the right format.'
  expect(await said(ask('ory_at_unknown'))).toEqual({
    status: 401,
    body: { error: 'request_unauthorized', error_description: description },
  })
  expect((await ask('')).headers.get('www-authenticate')).toBe(
    `Bearer error="request_unauthorized",error_description="${description}"`,
  )
  expect(await said(ask(refresh_token ?? ''))).toEqual({
    status: 401,
    body: { error: 'error', error_description: 'The error is unrecognizable' },
  })
})
