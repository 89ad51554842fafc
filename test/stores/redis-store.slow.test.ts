import { randomUUID } from 'node:crypto'
import { inspect } from 'node:util'
import { Redis } from 'ioredis'
import { createClient, createClientPool } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/index.ts'
import { type RedisClient, redisStore } from '../../src/redis.ts'
import { sealedStore } from '../../src/stores/sealed-store.ts'
import { redisIsMissing, startRedis } from '../support/processes/redis-server.ts'
import type { Service } from '../support/processes/service.ts'
import { storeContract } from '../support/stores/store-contract.ts'
import { expectFairRaces } from '../support/stores/store-race.ts'

const sealingKey = Buffer.from('5f1d3c7a9be04286a1d7c05e8f3b6294c8e70a1b2d3f4e5a69788c9dafb0c1e2', 'hex')

/** Every test has keys of its own in the one Redis. */
const fresh = (client: RedisClient): Store => redisStore(client, { prefix: `${randomUUID()}:` })
const nodeRedisAt = (port: number) => createClient({ socket: { host: '127.0.0.1', port } })
const poolAt = (port: number) => createClientPool({ socket: { host: '127.0.0.1', port } })

describe.skipIf(redisIsMissing())('redisStore', () => {
  let server: Service
  let nodeRedis: ReturnType<typeof nodeRedisAt>
  let pool: ReturnType<typeof poolAt>
  let ioRedis: Redis

  beforeAll(async () => {
    server = await startRedis()
    nodeRedis = nodeRedisAt(server.port).on('error', () => undefined)
    pool = poolAt(server.port).on('error', () => undefined)
    ioRedis = new Redis(server.port, '127.0.0.1').on('error', () => undefined)
    await Promise.all([nodeRedis.connect(), pool.connect()])
  })

  afterAll(async () => {
    nodeRedis.destroy()
    pool.destroy()
    ioRedis.disconnect()
    await server.remove()
  })

  const clients: readonly (readonly [name: string, client: () => RedisClient])[] = [
    ['a client of node-redis', () => nodeRedis],
    ['a pool of node-redis', () => pool],
    ['ioredis', () => ioRedis],
    ['a function', () => ({ sendCommand: (...args: string[]) => nodeRedis.sendCommand(args) })],
  ]
  for (const [name, client] of clients) {
    storeContract(`with ${name}`, () => fresh(client()))
    storeContract(`with ${name}, sealed`, () => sealedStore(fresh(client()), [sealingKey]))
  }

  test.each(clients)('says where %s keeps its keys', (name, client) => {
    const address = /pool|function/.test(name) ? '' : ` at 127.0.0.1:${server.port}`
    expect(redisStore(client())).toMatchObject({ shared: true, location: `Redis${address} (keys oidc:*)` })
  })

  test(
    'loses no update and lets one writer win, of 8 processes in 25 rounds',
    {
      timeout: 120_000,
    },
    () => expectFairRaces('redis', server.port, redisStore(nodeRedis)),
  )

  test('reports a write as done whose reply was lost and which the client sends again', async () => {
    const twice = async (...args: string[]) => {
      await nodeRedis.sendCommand(args)
      return nodeRedis.sendCommand(args)
    }
    const store = fresh({ sendCommand: twice })
    const first = String(await store.set('a', 'first', { ifAbsent: true }))
    expect(await store.set('a', 'second', { ifAbsent: true })).toBeUndefined()
    const second = await store.set('a', 'second', { ifVersion: first })
    expect(await store.get('a')).toEqual({ value: 'second', version: second })
  })

  test('refuses a key that holds something else, and shows none of it', async () => {
    await nodeRedis.set('oidc:client:foreign', 'a-secret-of-others')
    const failure: unknown = await redisStore(nodeRedis)
      .get('client:foreign')
      .catch(error => error)
    expect(failure).toMatchObject({ code: 'ERR_OIDC_STORE_CORRUPT' })
    expect(inspect(failure)).not.toContain('a-secret-of-others')
  })
})
