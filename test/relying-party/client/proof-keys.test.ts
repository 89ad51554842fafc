import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { memoryStore, type Store } from '../../../src/index.ts'
import { proofKeys, type StoredProofKeys } from '../../../src/relying-party/client/proof-keys.ts'

const issuer = 'https://op.example'
const ES256 = ['ES256']

const keysIn = (store: Store, name = 'app'): StoredProofKeys => proofKeys({ store, name, issuer })

/** A store that tells what is written to it. */
function listeningStore(): Store & { readonly written: Map<string, string> } {
  const inner = memoryStore()
  const written = new Map<string, string>()
  return {
    ...inner,
    written,
    async set(key, value, options) {
      const version = await inner.set(key, value, options)
      if (version !== undefined) written.set(key, value)
      return version
    },
  }
}

test('replicas that start at once have one key', async () => {
  const store = memoryStore()
  const replicas = Array.from({ length: 8 }, () => keysIn(store))
  const keys = await Promise.all(replicas.map(replica => replica.current(ES256)))
  expect(new Set(keys.map(({ jkt }) => jkt)).size).toBe(1)
  const [key] = keys
  expect(await key?.forProvider.calculateThumbprint()).toBe(key?.jkt)
  expect(await key?.forApis.calculateThumbprint()).toBe(key?.jkt)
  expect(key?.forApis).not.toBe(key?.forProvider)
})

test('it is kept for one app at one provider, with the time it was made', async () => {
  const store = listeningStore()
  const { jkt } = await keysIn(store).current(ES256)
  const [[place, text] = ['', '']] = store.written
  expect(place).toMatch(/^key:dpop:[\w-]{22}:app$/)
  const [kept] = JSON.parse(text)
  expect(kept).toMatchObject({ key: { kid: jkt, alg: 'ES256', kty: 'EC' }, since: expect.any(Number) })
  expect((await keysIn(store, 'other').current(ES256)).jkt).not.toBe(jkt)
})

test('an app that binds no tokens makes none', async () => {
  const store = listeningStore()
  const keys = keysIn(store)
  await keys.agree()
  expect(await keys.withThumbprint('another')).toBeUndefined()
  expect(store.written.size).toBe(0)
})

test('a key that the store has lost is put back', async () => {
  const store = listeningStore()
  const keys = keysIn(store)
  const { jkt } = await keys.current(ES256)
  const [place = ''] = store.written.keys()
  await store.delete(place)
  await keys.agree()
  expect((await keysIn(store).current(ES256)).jkt).toBe(jkt)
})

test('with the key that another replica has made meanwhile, all use that one, and open both', async () => {
  const store = listeningStore()
  const old = keysIn(store)
  const { jkt: before } = await old.current(ES256)
  const [place = ''] = store.written.keys()
  await store.delete(place)
  const young = keysIn(store)
  const { jkt: after } = await young.current(ES256)
  await old.agree()
  for (const replica of [old, young]) {
    expect((await replica.current(ES256)).jkt).toBe(after)
    expect(await replica.withThumbprint(before)).toMatchObject({ jkt: before })
  }
})

test('a provider with other algorithms gets another key, and the former one stays', async () => {
  const keys = keysIn(memoryStore())
  const { jkt } = await keys.current(ES256)
  const { jkt: other } = await keys.current(['EdDSA', 'PS256'])
  expect(other).not.toBe(jkt)
  expect((await keys.current(['EdDSA', 'PS256'])).jkt).toBe(other)
  expect((await keys.current(ES256)).jkt).toBe(jkt)
})

test.for([
  '',
  '{}',
  '[7]',
  '[{"key":{"kid":"x"},"since":1}]',
  '[{"key":{"kid":"x","alg":"ES256","kty":"EC"}}]',
])('a damaged record is reported and not overwritten: %s', async text => {
  const store = listeningStore()
  await keysIn(store).current(ES256)
  const [place = ''] = store.written.keys()
  await store.set(place, text)
  await expect(keysIn(store).current(ES256)).rejects.toMatchObject({ code: 'ERR_OIDC_STORE_CORRUPT' })
  expect((await store.get(place))?.value).toBe(text)
  await store.delete(place)
  await expect(keysIn(store).current(ES256)).resolves.toBeDefined()
})

test.for<[string, object]>([
  ['has lost its material', { crv: undefined, x: undefined, y: undefined, d: undefined }],
  ['has lost its private part', { d: undefined }],
  ['has an algorithm of another kind of key', { kty: 'RSA' }],
])('a key that %s is reported, and used again once it is repaired', async ([, damage]) => {
  const store = listeningStore()
  const { jkt } = await keysIn(store).current(ES256)
  const [[place, text] = ['', '']] = store.written
  const [kept] = JSON.parse(text)
  await store.set(place, JSON.stringify([{ ...kept, key: { ...kept.key, ...damage } }]))
  const keys = keysIn(store)
  for (const ask of [() => keys.current(ES256), () => keys.withThumbprint(jkt), () => keys.current(ES256)])
    await expect(ask()).rejects.toMatchObject({ code: 'ERR_OIDC_STORE_CORRUPT', status: 503 })
  await store.set(place, text)
  expect((await keys.current(ES256)).jkt).toBe(jkt)
  expect(await keys.withThumbprint(jkt)).toMatchObject({ jkt })
})

test('a store that keeps nothing is reported', async () => {
  const forgetful: Store = { ...memoryStore(), get: async () => undefined }
  const keys = keysIn({ ...forgetful, set: async () => undefined })
  await expect(keys.current(ES256)).rejects.toMatchObject({ code: 'ERR_OIDC_STORE_UNAVAILABLE' })
})

test('nothing shows the private part', async () => {
  const store = listeningStore()
  const keys = keysIn(store)
  const key = await keys.current(ES256)
  const [kept] = JSON.parse([...store.written.values()][0] ?? '[]')
  expect(kept.key.d).toMatch(/^[\w-]{43}$/)
  const shown = [keys, key, key.forApis].map(value => inspect(value, { depth: 9, showHidden: true }))
  expect(shown.join()).not.toContain(kept.key.d)
})
