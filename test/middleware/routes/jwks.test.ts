import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect } from 'vitest'
import { memoryStore, type Store } from '../../../src/index.ts'
import { readServedKeys } from '../../../src/relying-party/client/served-keys.ts'
import { watchedStore } from '../../support/apps/replicas.ts'
import { Browser } from '../../support/browser.ts'
import { asProgram, expectSignIn, test } from '../../support/flow.ts'
import { addClient } from '../../support/providers/by-hand.ts'
import { status } from '../../support/scripted-provider.ts'
import { settingsOf } from '../../support/settings.ts'

const routes = { jwks: '/jwks.json' } as const

/** The members that say something about a public key, and nothing about its private part (RFC 7518 §6). */
const publicMembers = ['kty', 'kid', 'alg', 'use', 'n', 'e', 'crv', 'x', 'y']

const pairs = {
  RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'P-521': generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  Ed25519: generateKeyPairSync('ed25519'),
  X25519: generateKeyPairSync('x25519'),
}

/** A private key, with members that no key of this library has. */
function privateKey(name: keyof typeof pairs, kid: string) {
  const extra = { k: 'secret', oth: [{ r: 'secret' }], priv: 'secret', key_ops: ['sign'], note: 'secret' }
  return { ...pairs[name].privateKey.export({ format: 'jwk' }), ...extra, kid, use: 'sig' }
}

function clientWith(clientId: string, name: keyof typeof pairs) {
  return {
    clientId,
    generation: 1,
    asked: 'asked',
    granted: { client_id: clientId, client_secret: 'secret', registration_access_token: 'secret' },
    registeredAt: 1,
    rotatedAt: 1,
    privateKey: privateKey(name, `${clientId}-current`),
    nextKey: privateKey(name, `${clientId}-next`),
    nextKeyAt: 1,
    formerKeys: [{ key: privateKey(name, `${clientId}-former`), replacedAt: 1 }],
  }
}

describe('the keys that an app serves', () => {
  test.for(Object.keys(pairs) as (keyof typeof pairs)[])(
    'are the public parts of every key of every client, here %s',
    async name => {
      const record = {
        format: 1,
        issuer: 'https://op.test',
        name: 'default',
        current: clientWith('a', name),
        retiring: [{ ...clientWith('b', name), until: 1 }],
        pending: {
          asked: 'asked',
          begunAt: 1,
          requested: {},
          privateKey: privateKey(name, 'pending'),
        },
      } as const
      const keys = await readServedKeys(settingsOf({ routes }), { reread: async () => record })
      const expected = ['pending', 'a-former', 'a-current', 'a-next', 'b-former', 'b-current', 'b-next']
      expect(keys.map(({ kid }) => kid)).toEqual(expected)
      const { publicKey } = pairs[name]
      for (const key of keys) {
        const sent = JSON.parse(JSON.stringify(key))
        expect(Object.keys(sent).filter(member => !publicMembers.includes(member))).toEqual([])
        expect(createPublicKey({ key: sent, format: 'jwk' }).equals(publicKey)).toBe(true)
      }
    },
  )

  test('are an answer that a cache may keep for a minute, and that starts no session', async ({ start }) => {
    const app = await start({ relyingParty: { routes }, session: { saveUninitialized: true } })
    await app.rp.ready()
    const response = await fetch(`${app.url}/jwks.json`)
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'max-age=60',
      'content-type': 'application/jwk-set+json; charset=utf-8',
      'x-content-type-options': 'nosniff',
    })
    expect(response.headers.has('set-cookie')).toBe(false)
    expect(await response.json()).toEqual({
      keys: [expect.objectContaining({ kty: 'EC', use: 'sig', alg: 'ES256' })],
    })
    const asked = await fetch(`${app.url}/jwks.json`, { method: 'HEAD' })
    expect([asked.status, await asked.text()]).toEqual([200, ''])
    const posted = await fetch(`${app.url}/jwks.json`, { method: 'POST', ...asJson })
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  test('are served nowhere unless the app says where', async ({ app, provider }) => {
    await app.rp.ready()
    expect((await fetch(`${app.url}/jwks.json`)).status).toBe(404)
    expect([...provider.clients.values()][0]).toHaveProperty('jwks')
  })

  test('are there while the registration is under way, for a provider that fetches them at once', async ({
    provider,
    start,
  }) => {
    const usual = provider.usualAnswer('register')
    const seen: unknown[] = []
    provider.answer('register', async (request, response) => {
      const answer = await fetch(JSON.parse(request.body).jwks_uri)
      seen.push(answer.status, ((await answer.json()) as { keys: unknown }).keys)
      return usual(request, response)
    })
    const app = await start({ relyingParty: { routes } })
    await app.rp.ready()
    expect(seen).toEqual([200, [expect.objectContaining({ use: 'sig' })]])
  })

  test('are no empty set before the app has any', async ({ provider, start }) => {
    provider.answer('discovery', status(503))
    const app = await start({ relyingParty: { routes } })
    const response = await fetch(`${app.url}/jwks.json`, asJson)
    expect([response.status, response.headers.get('cache-control')]).toEqual([503, 'no-store'])
    expect(await response.json()).toMatchObject({ error: 'ERR_OIDC_NOT_READY' })
    provider.answer('discovery', undefined)
    await expect.poll(async () => (await fetch(`${app.url}/jwks.json`)).status).toBe(200)
  })

  test('are no empty set while the store is away, and are there when it is back', async ({ start }) => {
    const inner = memoryStore()
    let isAway = false
    const store: Store = {
      ...inner,
      get: async key => {
        if (isAway) throw new Error('The store is away.')
        return inner.get(key)
      },
    }
    const app = await start({ relyingParty: { routes, store } })
    await app.rp.ready()
    isAway = true
    const response = await fetch(`${app.url}/jwks.json`, asJson)
    expect([response.status, response.headers.get('cache-control')]).toEqual([503, 'no-store'])
    expect(await response.json()).toMatchObject({ error: 'ERR_OIDC_STORE_UNAVAILABLE' })
    isAway = false
    expect((await fetch(`${app.url}/jwks.json`)).status).toBe(200)
  })

  test('are put back into a store that has lost them, rather than missing there', async ({ start }) => {
    const { store, wipe } = watchedStore()
    const app = await start({ relyingParty: { routes, store, name: 'app' } })
    await app.rp.ready()
    const before = await (await fetch(`${app.url}/jwks.json`)).json()
    await wipe()
    const response = await fetch(`${app.url}/jwks.json`)
    expect([response.status, await response.json()]).toEqual([200, before])
  })

  test('are gone when the app has left the provider', async ({ start }) => {
    const app = await start({ relyingParty: { routes } })
    await app.rp.ready()
    await app.rp.unregister()
    expect((await fetch(`${app.url}/jwks.json`, asJson)).status).toBe(503)
  })

  test('are not registered for a client that has none', async ({ provider, start, browser }) => {
    const metadata = { token_endpoint_auth_method: 'client_secret_basic' } as const
    const app = await start({ relyingParty: { routes, metadata } })
    await expectSignIn({ app, browser })
    const [client] = provider.clients.values()
    expect(client).not.toHaveProperty('jwks_uri')
    expect(client).not.toHaveProperty('jwks')
  })

  test('are that of a client made by hand, where the app has its private part', async ({
    provider,
    start,
  }) => {
    const { use: _, ...key } = { ...privateKey('P-256', 'by-hand'), alg: 'ES256' }
    const app = await start({ relyingParty: { routes, client: { clientId: 'c', privateKey: key } } })
    const jwks_uri = `${app.url}/jwks.json`
    addClient(provider, app.url, { client_id: 'c', method: 'private_key_jwt', jwks_uri })
    const { keys } = (await (await fetch(jwks_uri)).json()) as { keys: object[] }
    expect(keys).toEqual([expect.objectContaining({ kid: 'by-hand', use: 'sig' })])
    expect(Object.keys(keys[0] ?? {}).filter(member => !publicMembers.includes(member))).toEqual([])
    await expectSignIn({ app, browser: new Browser() })
  })
})

const asJson = { headers: asProgram.headers ?? {} }
