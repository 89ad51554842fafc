import { decodeJwt, exportJWK, generateKeyPair } from 'jose'
import * as client from 'openid-client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  authorize,
  postForm,
  REDIRECT_URI,
  register,
  SIGNED_OUT,
  tokensOf,
} from '../support/scripted-provider/driver.ts'
import { type ScriptedProvider, scriptedProvider } from '../support/scripted-provider.ts'

let provider: ScriptedProvider

beforeEach(async () => {
  provider = await scriptedProvider()
})

afterEach(() => provider.close())

test.each([
  ['client_secret_basic', client.ClientSecretBasic()],
  ['client_secret_post', client.ClientSecretPost()],
  ['none', client.None()],
])('signs a user in with %s', async (method, authentication) => {
  const config = await register(provider, { token_endpoint_auth_method: method }, authentication)
  const tokens = await tokensOf(config)
  expect(tokens.claims()).toMatchObject({ iss: provider.issuer, sub: 'user-1', sid: expect.any(String) })
  expect(config.clientMetadata().client_secret === undefined).toBe(method === 'none')
  const claims = await client.fetchUserInfo(config, tokens.access_token, 'user-1')
  expect(claims).toEqual({ sub: 'user-1', name: 'Una User', email: 'una@example.test' })
})

test('serves discovery and keys that verify the ID token', async () => {
  const { client_id, client_secret } = (await register(provider)).clientMetadata()
  const config = await client.discovery(
    new URL(provider.issuer),
    client_id,
    String(client_secret),
    client.ClientSecretBasic(),
    { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] },
  )
  expect((await tokensOf(config)).claims()?.sub).toBe('user-1')
  expect(provider.requestsTo('discovery')).toHaveLength(2)
  expect(provider.requestsTo('jwks')).toHaveLength(1)
})

test('verifies the assertion of private_key_jwt', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const metadata = {
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [await exportJWK(publicKey)] },
  }
  const config = await register(provider, metadata, client.PrivateKeyJwt(privateKey))
  expect((await tokensOf(config)).claims()?.sub).toBe('user-1')
  expect(config.clientMetadata().client_secret).toBeUndefined()

  const [tokenRequest] = provider.requestsTo('token')
  const replay = await postForm(`${provider.issuer}/token`, new URLSearchParams(tokenRequest?.body))
  expect(await replay.json()).toMatchObject({
    error: 'invalid_client',
    error_description: expect.stringContaining('used before'),
  })
  const stranger = await generateKeyPair('ES256')
  const forged = await register(provider, metadata, client.PrivateKeyJwt(stranger.privateKey))
  await expect(tokensOf(forged)).rejects.toMatchObject({ error: 'invalid_client' })
})

test('rotates refresh tokens', async () => {
  const config = await register(provider)
  const first = await tokensOf(config)
  const { sid } = decodeJwt(first.id_token ?? '')
  const second = await client.refreshTokenGrant(config, first.refresh_token ?? '')
  expect(second.claims()).toMatchObject({ sub: 'user-1', sid })
  expect(second.refresh_token).not.toBe(first.refresh_token)
  const reuse = client.refreshTokenGrant(config, first.refresh_token ?? '')
  await expect(reuse).rejects.toMatchObject({ error: 'invalid_grant' })
})

test('answers with a form for response_mode=form_post', async () => {
  const config = await register(provider)
  const { response, checks } = await authorize(config, { response_mode: 'form_post', state: `"'<&>` })
  const page = await response.text()
  expect(page).toContain(`<form method="post" action="${REDIRECT_URI}">`)
  expect(page).toContain('submit()')
  const form = new URLSearchParams()
  for (const [, name = '', value = ''] of page.matchAll(/name="(\w+)" value="([^"]*)"/g)) {
    const unescaped = value.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    form.set(name, unescaped)
  }
  const callback = new Request(REDIRECT_URI, { method: 'POST', body: form })
  const expected = { ...checks, expectedState: `"'<&>` }
  const tokens = await client.authorizationCodeGrant(config, callback, expected)
  expect(tokens.claims()?.sub).toBe('user-1')
})

test('signs out to a registered address only', async () => {
  const config = await register(provider)
  const { id_token = '' } = await tokensOf(config)
  const leave = async (target: string) => {
    const parameters = { post_logout_redirect_uri: target, id_token_hint: id_token, state: 'bye' }
    return fetch(client.buildEndSessionUrl(config, parameters), { redirect: 'manual' })
  }
  const response = await leave(SIGNED_OUT)
  expect(response.status).toBe(302)
  expect(response.headers.get('location')).toBe(`${SIGNED_OUT}&state=bye`)
  expect((await leave('http://127.0.0.1/elsewhere')).status).toBe(400)
})

test('revokes an access token', async () => {
  const config = await register(provider)
  const { access_token } = await tokensOf(config)
  await client.tokenRevocation(config, access_token)
  await expect(client.fetchUserInfo(config, access_token, 'user-1')).rejects.toThrow()
})

test('changes its metadata', async () => {
  provider.metadata.issuer = 'https://other.example'
  provider.metadata.userinfo_endpoint = undefined
  const response = await fetch(`${provider.issuer}/.well-known/openid-configuration`)
  const document = await response.json()
  expect(document).toMatchObject({ issuer: 'https://other.example' })
  expect(document).not.toHaveProperty('userinfo_endpoint')
})

test('changes ID tokens, token responses and users', async () => {
  const config = await register(provider)
  provider.user.sub = 'user-2'
  expect((await tokensOf(config)).claims()?.sub).toBe('user-2')
  provider.idToken = (claims, header) => ({ claims: { ...claims, nonce: 'stale' }, header })
  await expect(tokensOf(config)).rejects.toThrow()
  provider.idToken = claims => provider.sign(claims, { alg: 'none' })
  await expect(tokensOf(config)).rejects.toThrow()
  provider.idToken = (claims, header) => ({ claims, header })
  provider.tokenResponse = body => ({ ...body, id_token: undefined })
  await expect(tokensOf(config)).rejects.toThrow()
})

test('rotates its keys', async () => {
  const [first] = provider.keys
  await provider.rotateKeys({ keepOld: true })
  expect(provider.keys[1]).toBe(first)
  await provider.rotateKeys()
  expect(provider.keys).toHaveLength(1)
  const published = await fetch(`${provider.issuer}/jwks`)
  expect(await published.json()).toEqual({ keys: provider.keys })
  const config = await register(provider)
  client.enableNonRepudiationChecks(config)
  expect((await tokensOf(config)).claims()?.sub).toBe('user-1')
  const other = await scriptedProvider()
  expect(other.keys).toEqual([first])
  await other.close()
})

test('replaces an endpoint until told otherwise', async () => {
  const usual = provider.usualAnswer('jwks')
  provider.answer('jwks', (request, response) => {
    provider.answer('jwks', undefined)
    response.setHeader('x-scripted', 'once')
    return usual(request, response)
  })
  const get = async () => (await fetch(`${provider.issuer}/jwks`)).headers.get('x-scripted')
  expect([await get(), await get()]).toEqual(['once', null])
})

test('refuses connections while stopped and listens on the same port again', async () => {
  const { issuer } = provider
  provider.answer('jwks', () => {})
  const hanging = fetch(`${issuer}/jwks`)
  hanging.catch(() => {})
  await expect.poll(() => provider.requests.length).toBe(1)
  await provider.stop()
  await provider.stop()
  await expect(hanging).rejects.toThrow()
  await expect(fetch(issuer)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  await provider.start()
  await provider.start()
  expect((await fetch(`${issuer}/.well-known/openid-configuration`)).status).toBe(200)
})
