import { afterEach, beforeEach, expect, test } from 'vitest'
import { METADATA, post, register, said, send } from '../support/scripted-hydra/driver.ts'
import { type ScriptedHydra, scriptedHydra } from '../support/scripted-hydra.ts'

let hydra: ScriptedHydra

beforeEach(async () => {
  hydra = await scriptedHydra()
})

afterEach(() => hydra.close())

const discovered = async () =>
  (await fetch(`${hydra.issuer}/.well-known/openid-configuration`)).json() as Promise<Record<string, unknown>>

test('describes itself with what Hydra has, and without what it lacks', async () => {
  const document = await discovered()
  expect(document).toMatchObject({
    issuer: hydra.issuer,
    authorization_endpoint: `${hydra.issuer}/oauth2/auth`,
    token_endpoint: `${hydra.issuer}/oauth2/token`,
    userinfo_endpoint: `${hydra.issuer}/userinfo`,
    jwks_uri: `${hydra.issuer}/.well-known/jwks.json`,
    revocation_endpoint: `${hydra.issuer}/oauth2/revoke`,
    end_session_endpoint: `${hydra.issuer}/oauth2/sessions/logout`,
    code_challenge_methods_supported: ['plain', 'S256'],
    id_token_signed_response_alg: ['RS256'],
    userinfo_signed_response_alg: ['RS256'],
  })
  for (const name of [
    'registration_endpoint',
    'introspection_endpoint',
    'pushed_authorization_request_endpoint',
    'authorization_response_iss_parameter_supported',
    'token_endpoint_auth_signing_alg_values_supported',
    'prompt_values_supported',
    'check_session_iframe',
  ]) {
    expect(document).not.toHaveProperty(name)
  }
})

test('forbids to cache any GET, and answers below a slash and under the name of RFC 8414', async () => {
  for (const path of [
    '/.well-known/openid-configuration',
    '/.well-known/openid-configuration/',
    '/.well-known/oauth-authorization-server',
    '/.well-known/jwks.json',
  ]) {
    const response = await fetch(hydra.issuer + path)
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('private, no-cache, no-store, must-revalidate')
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
  }
})

test('has one switch for registering and another for saying where', async () => {
  hydra.registration = { enabled: false, advertised: true }
  expect(await discovered()).toMatchObject({ registration_endpoint: `${hydra.issuer}/oauth2/register` })
  const disabled = {
    status: 404,
    body: {
      error: 'The requested resource could not be found',
      error_description: 'Dynamic registration is not enabled.',
    },
  }
  expect(await said(post(hydra, METADATA))).toEqual(disabled)
  expect(await said(send(`${hydra.issuer}/oauth2/register/any`, 'GET', 'any'))).toEqual(disabled)
  hydra.registration = { enabled: true, advertised: 'http://127.0.0.1/wrong' }
  expect(await discovered()).toMatchObject({ registration_endpoint: 'http://127.0.0.1/wrong' })
  expect((await post(hydra, METADATA)).status).toBe(201)
})

test('publishes the old key beside the new one', async () => {
  const [first] = hydra.keys
  await hydra.rotateKeys()
  const response = await fetch(`${hydra.issuer}/.well-known/jwks.json`)
  expect(await response.json()).toEqual({ keys: [expect.anything(), first] })
})

test('does what was asked and loses the answer, once', async () => {
  hydra.loseAnswer('register')
  await expect(post(hydra, METADATA)).rejects.toThrow('fetch failed')
  expect(hydra.clients.size).toBe(1)
  await register(hydra)
  expect(hydra.clients.size).toBe(2)
  expect(hydra.requestsTo('register')).toHaveLength(2)
})

test('replaces an endpoint until told otherwise, and refuses other methods', async () => {
  const usual = hydra.usualAnswer('jwks')
  hydra.answer('jwks', (request, response) => {
    hydra.answer('jwks', undefined)
    response.setHeader('x-scripted', 'once')
    return usual(request, response)
  })
  const get = async () => (await fetch(`${hydra.issuer}/.well-known/jwks.json`)).headers.get('x-scripted')
  expect([await get(), await get()]).toEqual(['once', null])
  expect((await fetch(`${hydra.issuer}/oauth2/token`)).status).toBe(405)
  expect((await fetch(`${hydra.issuer}/nowhere`)).status).toBe(404)
})

test('refuses connections while stopped and listens on the same port again', async () => {
  await hydra.stop()
  await expect(fetch(hydra.issuer)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  await hydra.start()
  expect(await discovered()).toMatchObject({ issuer: hydra.issuer })
})

test('makes its keys at the first requests for them, slowly if it is told to', async () => {
  hydra.slowFirstKeys = 150
  for (const path of ['openid-configuration', 'jwks.json']) {
    const times: number[] = []
    for (let count = 0; count < 2; count++) {
      const begun = performance.now()
      await (await fetch(`${hydra.issuer}/.well-known/${path}`)).text()
      times.push(performance.now() - begun)
    }
    expect(times[0]).toBeGreaterThan(140)
    expect(times[1]).toBeLessThan(140)
  }
})
