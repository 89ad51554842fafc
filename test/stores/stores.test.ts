import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { embeddedStore, memoryStore, OidcError, type Store } from '../../src/index.ts'
import { fileStore } from '../../src/stores/files/file-store.ts'
import { guardStore } from '../../src/stores/guarded-store.ts'
import { storeContract } from '../support/stores/store-contract.ts'

const root = mkdtempSync(join(tmpdir(), 'oidc-stores-'))
const directory = (): string => mkdtempSync(join(root, 'store-'))

afterAll(() => rmSync(root, { recursive: true }))

storeContract('memoryStore', memoryStore)
storeContract('fileStore', () => fileStore(directory()))
storeContract('embeddedStore, keys in files', () => embeddedStore(directory()), { prefix: 'client:' })
storeContract('embeddedStore, keys in memory', () => embeddedStore(directory()), { prefix: 'used:' })
storeContract('guardStore', () => guardStore({ ...memoryStore() }))

/** A store all of whose calls do the same. */
function storeThat(call: () => Promise<never>): Store {
  return { shared: true, location: 'a cupboard', get: call, set: call, delete: call }
}

const calls = [
  ['get', (store: Store): Promise<unknown> => store.get('a')],
  ['set', (store: Store): Promise<unknown> => store.set('a', 'b')],
  ['delete', (store: Store): Promise<unknown> => store.delete('a')],
] as const

test.each(calls)('guardStore ends a %s that is never answered', async (_, call) => {
  const begun = Date.now()
  const failure = await call(
    guardStore(
      storeThat(() => new Promise(() => {})),
      50,
    ),
  ).catch(error => error)
  expect(failure).toMatchObject({
    code: 'ERR_OIDC_STORE_UNAVAILABLE',
    status: 503,
    message: 'The store in a cupboard could not be used: no answer within 0.05 s.',
  })
  expect(Date.now() - begun).toBeLessThan(1_000)
})

test.each(calls)('guardStore wraps the failure of a %s and names it', async (_, call) => {
  const broken = storeThat(() => Promise.reject(new Error('the door is jammed')))
  const failure = await call(guardStore(broken)).catch(error => error)
  expect(failure).toBeInstanceOf(OidcError)
  expect(failure).toMatchObject({
    code: 'ERR_OIDC_STORE_UNAVAILABLE',
    message: 'The store in a cupboard could not be used: the door is jammed.',
    cause: { message: 'the door is jammed' },
  })
})

test.each(calls)('guardStore repeats no password from the failure of a %s', async (_, call) => {
  for (const words of [
    'no answer from redis://app:hunter22@cache.example',
    'refused: host=db password=hunter22',
  ]) {
    const broken = storeThat(() => Promise.reject(new Error(words)))
    const failure = String(await call(guardStore(broken)).catch(error => error))
    expect(failure).toContain(words.slice(0, words.indexOf(' ')))
    expect(failure).not.toContain('hunter22')
  }
})

test.each(calls)('guardStore wraps what a %s throws before it returns a promise', async (_, call) => {
  const broken = storeThat(() => {
    throw new Error('not connected')
  })
  const failure = await Promise.resolve()
    .then(() => call(guardStore(broken)))
    .catch(error => error)
  expect(failure).toMatchObject({
    code: 'ERR_OIDC_STORE_UNAVAILABLE',
    message: expect.stringContaining('not connected'),
  })
})

test('guardStore passes on a failure that is one of ours', async () => {
  const corrupt = new OidcError('ERR_OIDC_STORE_CORRUPT')
  await expect(guardStore(storeThat(() => Promise.reject(corrupt))).get('a')).rejects.toBe(corrupt)
})

test('guardStore leaves no timer behind that keeps a process alive', async () => {
  const timers = () => process.getActiveResourcesInfo().filter(resource => resource === 'Timeout').length
  const before = timers()
  await guardStore({ ...memoryStore() }, 600_000).get('a')
  expect(timers()).toBe(before)
})

test('guardStore leaves a store in memory as it is, and guards one that is made from it', () => {
  const memory = memoryStore()
  const copy = { ...memory }
  expect(guardStore(memory)).toBe(memory)
  expect(Object.values(guardStore(copy))).not.toEqual(Object.values(copy))
})
