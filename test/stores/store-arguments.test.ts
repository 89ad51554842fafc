import { expect, test } from 'vitest'
import { embeddedStore, memoryStore, type Store, sealedStore } from '../../src/index.ts'
import { postgresStore } from '../../src/postgres.ts'
import { redisStore } from '../../src/redis.ts'

const client = { sendCommand: async () => 'OK' }
const pool = { query: async () => ({ rows: [] }) }
const key = Buffer.from('c0ffee0123456789abcdef9876543210f00d55aa77ee11cc22bb33dd44ff6699', 'hex')

const makers: Readonly<Record<string, (...given: never[]) => Store>> = {
  embeddedStore,
  postgresStore,
  redisStore,
  sealedStore,
}

test.each([
  ['embeddedStore', [''], 'the argument must be the path of a folder'],
  ['embeddedStore', [7], 'the argument must be the path of a folder'],
  ['embeddedStore', [null], 'the argument must be the path of a folder'],
  ['postgresStore', [pool, null], 'the last argument must be an object of options'],
  ['postgresStore', [pool, 'table'], 'the last argument must be an object of options'],
  ['redisStore', [client, null], 'the last argument must be an object of options'],
  ['redisStore', [client, ['prefix']], 'the last argument must be an object of options'],
  ['sealedStore', [null, [key]], 'the first argument must be a store'],
  ['sealedStore', [new Map(), [key]], 'the first argument must be a store'],
  ['sealedStore', [memoryStore(), [key], null], 'the last argument must be an object of options'],
] as const)('%s refuses %j: %s', (name, given, rule) => {
  const make = (): unknown => makers[name]?.(...(given as readonly unknown[] as never[]))
  expect(make).toThrow(expect.objectContaining({ code: 'ERR_OIDC_INVALID_OPTION' }))
  expect(make).toThrow(`${name}(): ${rule}`)
})

test.each([
  ['embeddedStore', ['a-folder-that-is-made-when-it-is-used']],
  ['postgresStore', [pool, {}]],
  ['redisStore', [client, {}]],
  ['sealedStore', [memoryStore(), [key], {}]],
] as const)('%s takes what is right', (name, given) => {
  expect(makers[name]?.(...(given as readonly unknown[] as never[]))).toHaveProperty('get')
})
