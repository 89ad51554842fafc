import * as client from 'openid-client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  authorize,
  locationOf,
  postForm,
  REDIRECT_URI,
  register,
  tokensOf,
} from '../support/scripted-provider/driver.ts'
import { type ScriptedProvider, scriptedProvider } from '../support/scripted-provider.ts'

let provider: ScriptedProvider

beforeEach(async () => {
  provider = await scriptedProvider()
})

afterEach(() => provider.close())

describe('refuses', () => {
  test('a replayed code', async () => {
    const config = await register(provider)
    const { response, checks } = await authorize(config)
    await client.authorizationCodeGrant(config, locationOf(response), checks)
    const replay = client.authorizationCodeGrant(config, locationOf(response), checks)
    await expect(replay).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  test('a wrong verifier', async () => {
    const config = await register(provider)
    const { response, checks } = await authorize(config)
    const wrong = { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() }
    const exchange = client.authorizationCodeGrant(config, locationOf(response), wrong)
    await expect(exchange).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  test('another redirect_uri at the token endpoint', async () => {
    const config = await register(provider)
    const { response, checks } = await authorize(config)
    // openid-client sends the address it was called at.
    const elsewhere = new URL(`/other${locationOf(response).search}`, REDIRECT_URI)
    const exchange = client.authorizationCodeGrant(config, elsewhere, checks)
    await expect(exchange).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  test('a client that uses another method than it registered', async () => {
    const { client_id, client_secret } = (await register(provider)).clientMetadata()
    const as = (authentication: client.ClientAuth) => {
      const options = { execute: [client.allowInsecureRequests] }
      return client.discovery(new URL(provider.issuer), client_id, {}, authentication, options)
    }
    const secret = String(client_secret)
    for (const authentication of [
      client.None(),
      client.ClientSecretPost(secret),
      client.ClientSecretBasic('x'),
    ]) {
      await expect(tokensOf(await as(authentication))).rejects.toThrow()
    }
    const raw = Buffer.from(`${client_id}:${secret}`).toString('base64')
    const form = new URLSearchParams({ grant_type: 'authorization_code' })
    const response = await postForm(`${provider.issuer}/token`, form, { authorization: `Basic ${raw}` })
    expect(response.status).toBe(401)
  })

  test('unknown clients and addresses with a page, other faults with a redirect', async () => {
    const config = await register(provider)
    expect((await authorize(config, { client_id: 'nobody' })).response.status).toBe(400)
    expect((await authorize(config, { redirect_uri: 'http://127.0.0.1/evil' })).response.status).toBe(400)
    const { response, checks } = await authorize(config, { code_challenge_method: 'plain' })
    expect(Object.fromEntries(locationOf(response).searchParams)).toMatchObject({
      error: 'invalid_request',
      state: checks.expectedState,
      iss: provider.issuer,
    })
  })

  test('the wrong HTTP method', async () => {
    expect((await fetch(`${provider.issuer}/token`)).status).toBe(405)
    expect((await fetch(`${provider.issuer}/nowhere`)).status).toBe(404)
  })
})

describe('registration management', () => {
  async function registered() {
    const { client_id } = (await register(provider)).clientMetadata()
    const record = provider.clients.get(client_id) ?? {}
    const call = (method: string, token: unknown, body?: object) =>
      fetch(String(record.registration_client_uri), {
        method,
        headers: { authorization: `Bearer ${String(token)}`, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      })
    return { client_id, record, call }
  }

  test('reads, updates with a new token, and deletes', async () => {
    const { client_id, record, call } = await registered()
    const token = record.registration_access_token
    expect(await (await call('GET', token)).json()).toEqual(record)

    const changes = { client_id, client_secret: record.client_secret, redirect_uris: ['https://new.example'] }
    const response = await call('PUT', token, changes)
    const updated = provider.clients.get(client_id) ?? {}
    expect(await response.json()).toEqual(updated)
    expect(updated).toMatchObject(changes)
    expect(updated).not.toHaveProperty('post_logout_redirect_uris')
    expect(updated.registration_access_token).not.toBe(token)
    expect((await call('GET', token)).status).toBe(401)

    expect((await call('DELETE', updated.registration_access_token)).status).toBe(204)
    expect(provider.clients.has(client_id)).toBe(false)
    expect((await call('GET', updated.registration_access_token)).status).toBe(401)
    expect(provider.requestsTo('client').map(({ method }) => method)).toEqual([
      'GET',
      'PUT',
      'GET',
      'DELETE',
      'GET',
    ])
  })

  test('refuses an update that RFC 7592 forbids', async () => {
    const { client_id, record, call } = await registered()
    const redirect_uris = [REDIRECT_URI]
    for (const body of [
      { redirect_uris },
      { client_id },
      { client_id, redirect_uris, client_secret: 'chosen' },
      { client_id, redirect_uris, client_secret_expires_at: 0 },
      { client_id, redirect_uris, token_endpoint_auth_method: 'private_key_jwt' },
    ]) {
      expect((await call('PUT', record.registration_access_token, body)).status).toBe(400)
    }
    expect(provider.clients.get(client_id)).toBe(record)
  })
})
