import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { METADATA, type Registered, register, said, send } from '../support/scripted-hydra/driver.ts'
import { type ScriptedHydra, scriptedHydra } from '../support/scripted-hydra.ts'
import { REDIRECT_URI } from '../support/scripted-provider/driver.ts'

let hydra: ScriptedHydra

beforeEach(async () => {
  hydra = await scriptedHydra()
})

afterEach(() => hydra.close())

const manage = (client: Registered, method: string, body?: object | string, token?: string) =>
  send(client.registration_client_uri, method, token ?? client.registration_access_token, body)

const UNAUTHORIZED = {
  status: 401,
  body: {
    error: 'The request could not be authorized',
    error_description: 'The requested OAuth 2.0 client does not exist or you provided incorrect credentials.',
  },
}

const LIFESPAN = 'authorization_code_grant_access_token_lifespan'

describe('GET', () => {
  test('says less than POST, with empty lists, and keeps the token', async () => {
    const client = await register(hydra, {
      redirect_uris: null,
      post_logout_redirect_uris: [],
      grant_types: null,
    })
    const { body } = await said(manage(client, 'GET'))
    const {
      client_secret: _,
      registration_access_token: __,
      registration_client_uri: ___,
      metadata: ____,
      ...rest
    } = client
    expect(body).toEqual({ ...rest, redirect_uris: [], grant_types: [], contacts: [] })
    expect((await manage(client, 'GET')).status).toBe(200)
    expect(
      (await fetch(`${client.registration_client_uri}?access_token=${client.registration_access_token}`))
        .status,
    ).toBe(200)
  })

  test('answers the same for a client that is gone, a wrong token, another one and none', async () => {
    const client = await register(hydra)
    const other = await register(hydra)
    const gone = await register(hydra)
    hydra.deleteClient(gone.client_id)
    const answers = [
      manage(gone, 'GET'),
      manage(client, 'GET', undefined, 'ory_at_wrong'),
      manage(client, 'GET', undefined, other.registration_access_token),
      fetch(client.registration_client_uri),
    ]
    for (const answer of answers) expect(await said(answer)).toEqual(UNAUTHORIZED)
    expect((await fetch(client.registration_client_uri)).headers.get('www-authenticate')).toBeNull()
  })

  test('refuses the credentials of the client', async () => {
    const client = await register(hydra)
    const basic = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')
    const response = await fetch(client.registration_client_uri, {
      headers: { authorization: `Basic ${basic}` },
    })
    expect(await said(response)).toEqual(UNAUTHORIZED)
  })

  test('refuses the token after an administrator has changed the client', async () => {
    const client = await register(hydra)
    hydra.adminPatch(client.client_id, { client_name: 'By the administrator' })
    expect(hydra.clients.get(client.client_id)).toMatchObject({ client_name: 'By the administrator' })
    expect(await said(manage(client, 'GET'))).toEqual(UNAUTHORIZED)
    expect(await said(manage(client, 'PUT', METADATA))).toEqual(UNAUTHORIZED)
    expect(await said(manage(client, 'DELETE'))).toEqual(UNAUTHORIZED)
  })

  test.each([
    ['2.3.0', 'PATCH', 200],
    ['26.2.0', 'PATCH', 401],
    ['2.3.0', 'PUT', 401],
    ['26.2.0', 'PUT', 401],
    ['2.3.0', 'PUT of the lifespans', 200],
    ['26.2.0', 'PUT of the lifespans', 200],
  ] as const)('of %s after the %s of an administrator answers %s', async (version, change, status) => {
    hydra.version = version
    const client = await register(hydra)
    if (change === 'PATCH') hydra.adminPatch(client.client_id, { client_name: 'Changed' })
    else if (change === 'PUT') hydra.adminPut(client.client_id, { ...METADATA, client_name: 'Changed' })
    else hydra.adminPutLifespans(client.client_id, { [LIFESPAN]: '10m' })
    expect((await manage(client, 'GET')).status).toBe(status)
    expect(hydra.clients.get(client.client_id)).toMatchObject(
      change === 'PUT of the lifespans' ? { [LIFESPAN]: '10m0s' } : { client_name: 'Changed' },
    )
  })
})

test.each([
  ['10m', '10m0s'],
  ['1h', '1h0m0s'],
  ['720h', '720h0m0s'],
  ['90s', '1m30s'],
  ['1500ms', '1.5s'],
  ['20ms', '20ms'],
  ['1h30m', '1h30m0s'],
  ['0s', '0s'],
])('a lifespan of %s comes back as %s', async (sent, answered) => {
  expect(await register(hydra, { [LIFESPAN]: sent })).toMatchObject({ [LIFESPAN]: answered })
})

describe('PUT', () => {
  test('replaces the whole client, keeps the secret and issues a new token', async () => {
    const client = await register(hydra, { client_name: 'One', contacts: ['ops@app.example'] })
    Object.assign(hydra.clients.get(client.client_id) ?? {}, {
      skip_consent: true,
      metadata: { by: 'admin' },
    })
    const response = await manage(client, 'PUT', { redirect_uris: [REDIRECT_URI], client_id: 'ignored' })
    const next = (await response.json()) as Registered
    expect(response.status).toBe(200)
    expect(next).toMatchObject({
      client_id: client.client_id,
      client_name: '',
      contacts: null,
      grant_types: null,
      skip_consent: false,
      metadata: {},
      scope: 'offline_access offline openid',
    })
    for (const name of ['client_secret', 'registration_client_uri', 'post_logout_redirect_uris']) {
      expect(next).not.toHaveProperty(name)
    }
    expect(hydra.clients.get(client.client_id)).toMatchObject({
      client_secret: client.client_secret,
      metadata: {},
    })
    expect(next.registration_access_token).not.toBe(client.registration_access_token)
    expect(await said(manage(client, 'GET'))).toEqual(UNAUTHORIZED)
    expect((await manage(client, 'GET', undefined, next.registration_access_token)).status).toBe(200)
  })

  test('refuses a client_secret with 403, and what it refuses leaves the token alive', async () => {
    const client = await register(hydra)
    expect(await said(manage(client, 'PUT', { ...METADATA, client_secret: client.client_secret }))).toEqual({
      status: 403,
      body: {
        error: 'The requested action was forbidden',
        error_description: 'It is not allowed to choose your own OAuth2 Client secret.',
      },
    })
    expect(await said(manage(client, 'PUT', '{'))).toEqual({
      status: 400,
      body: {
        error: 'The request was malformed or contained invalid parameters',
        error_description: 'Unable to decode the request body. Is it valid JSON?',
      },
    })
    expect((await manage(client, 'PUT', { ...METADATA, metadata: {} })).status).toBe(400)
    expect((await manage(client, 'GET')).status).toBe(200)
  })

  test('echoes registration_client_uri and created_at, true or not', async () => {
    const client = await register(hydra)
    const lies = { registration_client_uri: 'https://evil.example', created_at: '2001-01-01T00:00:00Z' }
    expect((await said(manage(client, 'PUT', { ...METADATA, ...lies }))).body).toMatchObject(lies)
  })

  test('rotates the token although the answer was lost', async () => {
    const client = await register(hydra)
    hydra.loseAnswer('client')
    await expect(manage(client, 'PUT', METADATA)).rejects.toThrow('fetch failed')
    expect(await said(manage(client, 'GET'))).toEqual(UNAUTHORIZED)
  })
})

test('DELETE answers 204 once, then 401', async () => {
  const client = await register(hydra)
  const response = await manage(client, 'DELETE')
  expect([response.status, await response.text()]).toEqual([204, ''])
  expect(await said(manage(client, 'DELETE'))).toEqual(UNAUTHORIZED)
})
