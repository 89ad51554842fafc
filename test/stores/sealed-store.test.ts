import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { memoryStore, type Store } from '../../src/index.ts'
import { sealedStore } from '../../src/stores/sealed-store.ts'
import { storeContract } from '../support/stores/store-contract.ts'

const [first, second, third] = [randomBytes(32), randomBytes(32), randomBytes(32)]

storeContract('sealedStore', () => sealedStore(memoryStore(), [first, second]))
storeContract('sealedStore that allows what is not sealed', () =>
  sealedStore(memoryStore(), [first], { allowUnsealed: true }),
)

const storedIn = async (store: Store, key: string): Promise<string> => (await store.get(key))?.value ?? ''
const failureOf = (store: Store, key: string): Promise<unknown> => store.get(key).catch(error => error)

test('keeps nothing readable below, and never the same twice', async () => {
  const below = memoryStore()
  const store = sealedStore(below, [first])
  const written = new Set<string>()
  for (let write = 0; write < 100; write++) {
    await store.set('client:a', '{"client_secret":"the-secret"}')
    written.add(await storedIn(below, 'client:a'))
  }
  expect(written.size).toBe(100)
  const ivs = [...written].map(text => text.split('.')[3]?.slice(0, 16))
  expect(new Set(ivs).size).toBe(100)
  for (const text of written) {
    expect(text).toMatch(/^sealed\.1\.[0-9a-f]{12}\.[\w-]{60,}$/)
    expect(Buffer.from(text.split('.')[3] ?? '', 'base64url').toString('latin1')).not.toContain('secret')
  }
})

test('says of a store what it says of itself', () => {
  const below = { ...memoryStore(), shared: true, location: 'a cupboard' }
  expect(sealedStore(below, [first])).toMatchObject({ shared: true, location: 'a cupboard' })
})

test('opens with any key, seals with the first, and so moves to a new one', async () => {
  const below = memoryStore()
  await sealedStore(below, [first]).set('a', 'value')
  const rotated = sealedStore(below, [second, first])
  const found = await rotated.get('a')
  expect(found?.value).toBe('value')
  expect(await failureOf(sealedStore(below, [second]), 'a')).toMatchObject({ code: 'ERR_OIDC_STORE_CORRUPT' })
  await rotated.set('a', 'value', { ifVersion: String(found?.version) })
  expect((await sealedStore(below, [second]).get('a'))?.value).toBe('value')
})

test('takes a key in each writing of it', async () => {
  const below = memoryStore()
  await sealedStore(below, [first]).set('a', 'value')
  const writings = [
    first,
    new Uint8Array(first),
    first.toString('base64'),
    first.toString('base64url'),
    first.toString('hex'),
    first.toString('hex').toUpperCase(),
  ]
  for (const writing of writings) expect((await sealedStore(below, [writing]).get('a'))?.value).toBe('value')
})

test('names the key that is missing, and those that are there', async () => {
  const below = memoryStore()
  const idOf = async (key: Buffer): Promise<string> => {
    await sealedStore(below, [key]).set('client:a', 'the-value')
    return (await storedIn(below, 'client:a')).split('.')[2] ?? ''
  }
  const [given, other, missing] = [await idOf(first), await idOf(second), await idOf(third)]
  expect(await failureOf(sealedStore(below, [first, second]), 'client:a')).toMatchObject({
    code: 'ERR_OIDC_STORE_CORRUPT',
    message: `A value of the kind "client" in the store in the memory of this process was sealed with the key ${missing}, which is missing: the keys given are ${given}, ${other}. Add it, as the last one.`,
  })
})

describe('refuses to open', () => {
  const change = (text: string, at: number): string => {
    const bytes = Buffer.from(text.split('.')[3] ?? '', 'base64url')
    bytes[at < 0 ? bytes.length + at : at] = (bytes.at(at) ?? 0) ^ 1
    return [...text.split('.').slice(0, 3), bytes.toString('base64url')].join('.')
  }
  test.each<readonly [what: string, tamper: (text: string) => string, reason: string]>([
    ['another initialisation vector', text => change(text, 0), 'was changed'],
    ['another text', text => change(text, 14), 'was changed'],
    ['another tag', text => change(text, -1), 'was changed'],
    ['a shorter tag', text => text.slice(0, -4), 'was changed'],
    ['nothing but a name', text => text.split('.').slice(0, 3).join('.'), 'was changed'],
    [
      'an unknown key',
      text => text.replace(/(?<=1\.)[0-9a-f]{12}/, '0'.repeat(12)),
      'the key 000000000000, which is missing',
    ],
    ['an unreadable key', () => 'sealed.1.<script>.AAAA', 'the key with an unreadable id, which is missing'],
    ['a format to come', text => text.replace('sealed.1', 'sealed.2'), 'a later version'],
    ['a plain value', () => 'the-value', 'is not sealed'],
    ['an empty value', () => '', 'is not sealed'],
  ])('%s', async (_, tamper, reason) => {
    const below = memoryStore()
    const store = sealedStore(below, [first])
    await store.set('tokens:a-session-id', 'the-value')
    await below.set('tokens:a-session-id', tamper(await storedIn(below, 'tokens:a-session-id')))
    const failure = await failureOf(store, 'tokens:a-session-id')
    expect(failure).toMatchObject({
      code: 'ERR_OIDC_STORE_CORRUPT',
      message: expect.stringContaining(reason),
    })
    expect(inspect(failure, { showHidden: true })).not.toMatch(/the-value|a-session-id/)
  })

  test('a value that was moved to another key', async () => {
    const below = memoryStore()
    const store = sealedStore(below, [first])
    await store.set('client:a', 'of a')
    await below.set('client:b', await storedIn(below, 'client:a'))
    expect(await failureOf(store, 'client:b')).toMatchObject({ code: 'ERR_OIDC_STORE_CORRUPT' })
    expect((await store.get('client:a'))?.value).toBe('of a')
  })
})

test('with allowUnsealed it takes over plain values, and still refuses what was changed', async () => {
  const below = memoryStore()
  const store = sealedStore(below, [first], { allowUnsealed: true })
  const version = String(await below.set('a', 'plain'))
  expect(await store.get('a')).toEqual({ value: 'plain', version })
  await store.set('a', 'plain', { ifVersion: version })
  expect(await storedIn(below, 'a')).toMatch(/^sealed\.1\./)
  expect((await sealedStore(below, [first]).get('a'))?.value).toBe('plain')
  expect(await failureOf(sealedStore(below, [second], { allowUnsealed: true }), 'a')).toMatchObject({
    code: 'ERR_OIDC_STORE_CORRUPT',
  })
})

describe('refuses as a key', () => {
  const passphrase = 'correct horse battery staple 42!' // 32 letters
  test.each<readonly [what: string, keys: unknown, rule: string]>([
    ['none', [], 'at least one key'],
    ['no array', first.toString('base64'), 'at least one key'],
    ['undefined', undefined, 'at least one key'],
    ['an empty string', [first, ''], 'keys[1] must be 32 random bytes'],
    ['a passphrase', [passphrase], 'is none of them'],
    ['the bytes of a passphrase', [Buffer.from(passphrase)], 'is a text'],
    ['a passphrase in base64', [Buffer.from(passphrase).toString('base64')], 'is a text'],
    ['a word', ['secret12'], 'has 6 bytes'],
    ['16 bytes', [randomBytes(16)], 'has 16 bytes'],
    ['64 bytes in hex', [randomBytes(64).toString('hex')], 'has 64 bytes'],
    ['zeros', [Buffer.alloc(32)], 'is not random'],
    ['a number', [42], 'is none of them'],
  ])('%s', (_, keys, rule) => {
    const make = () => sealedStore(memoryStore(), keys as string[])
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_OIDC_INVALID_OPTION' }))
    expect(make).toThrow(rule)
    expect(make).not.toThrow(/correct horse|secret12|Y29ycmVjd/)
  })
})

test('refuses an option that it does not know', () => {
  const make = () => sealedStore(memoryStore(), [first], { allowUnseald: true } as object)
  expect(make).toThrow('options.allowUnseald is not an option. The options are allowUnsealed.')
})
