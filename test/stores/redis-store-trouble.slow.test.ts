import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Store } from '../../src/index.ts'
import { type RedisClient, redisStore } from '../../src/redis.ts'
import { guardStore } from '../../src/stores/guarded-store.ts'
import { redisIsMissing, startRedis } from '../support/processes/redis-server.ts'
import type { Service } from '../support/processes/service.ts'

const PASSWORD = 'the-password-of-redis'
const DEADLINE = 300
const silent = (): void => undefined

const nodeRedisAt = (port: number, password: string, user = '') =>
  createClient({ url: `redis://${user}:${password}@127.0.0.1:${port}` }).on('error', silent)
const ioRedisAt = (port: number, password: string) =>
  new Redis(`redis://:${password}@127.0.0.1:${port}`).on('error', silent)

describe.skipIf(redisIsMissing())('redisStore', () => {
  let server: Service
  let nodeRedis: ReturnType<typeof nodeRedisAt>
  let ioRedis: Redis

  beforeAll(async () => {
    server = await startRedis('--requirepass', PASSWORD)
    nodeRedis = await nodeRedisAt(server.port, PASSWORD).connect()
    ioRedis = ioRedisAt(server.port, PASSWORD)
  })

  afterAll(async () => {
    nodeRedis.destroy()
    ioRedis.disconnect()
    await server.remove()
  })

  const clients: readonly (readonly [name: string, client: () => RedisClient])[] = [
    ['node-redis', () => nodeRedis],
    ['ioredis', () => ioRedis],
  ]

  test.each(clients)('ends each call in time while Redis is frozen, with %s', async (_, client) => {
    const store = guardStore(redisStore(client()), DEADLINE)
    const ifVersion = String(await store.set('a', 'before'))
    server.signal('SIGSTOP')
    onTestFinished(() => server.signal('SIGCONT'))
    const begun = Date.now()
    const calls = [
      store.get('a'),
      store.set('a', 'b'),
      store.set('b', 'c', { ifAbsent: true }),
      store.delete('a', { ifVersion }),
    ]
    for (const outcome of await Promise.allSettled(calls))
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ERR_OIDC_STORE_UNAVAILABLE' } })
    expect(Date.now() - begun).toBeLessThan(DEADLINE * 3)
    server.signal('SIGCONT')
    await worksAgain(store)
  })

  test.each(clients)('works again after a crash of Redis, with %s', async (_, client) => {
    const store = guardStore(redisStore(client()), DEADLINE)
    const version = String(await store.set('kept', 'still here'))
    await server.kill()
    await expect(store.get('kept')).rejects.toMatchObject({ code: 'ERR_OIDC_STORE_UNAVAILABLE' })
    await server.start()
    await worksAgain(store)
    expect(await store.get('kept')).toEqual({ value: 'still here', version })
    expect(await store.set('kept', 'next', { ifVersion: version })).toBeDefined()
  })

  async function worksAgain(store: Store): Promise<void> {
    const write = () => store.set('again', 'yes').catch(silent)
    await expect.poll(write, { interval: 100 }).toBeTypeOf('string')
    expect((await store.get('again'))?.value).toBe('yes')
  }

  test('shows neither password nor value when it is refused', async () => {
    await nodeRedis.sendCommand(['ACL', 'SETUSER', 'weak', 'on', `>${PASSWORD}`, '~*', '+@all', '-eval'])
    await nodeRedis.lPush('oidc:list', 'an-element')
    const weak = await nodeRedisAt(server.port, PASSWORD, 'weak').connect()
    const refused = nodeRedisAt(server.port, 'not-the-password')
    const alsoRefused = ioRedisAt(server.port, 'not-the-password')
    onTestFinished(() => weak.destroy())
    onTestFinished(() => refused.destroy())
    onTestFinished(() => alsoRefused.disconnect())
    refused.connect().catch(silent)
    const failures = [weak, refused, alsoRefused, nodeRedis, ioRedis].map(client =>
      guardStore(redisStore(client), DEADLINE)
        .set('list', 'the-value', { ifAbsent: true })
        .catch(error => error),
    )
    for (const failure of await Promise.all(failures)) {
      expect(failure).toMatchObject({ code: 'ERR_OIDC_STORE_UNAVAILABLE' })
      expect(inspect(failure, { depth: 9, showHidden: true })).not.toMatch(
        /password-of|the-password|the-value/,
      )
    }
  })
})

describe.skipIf(redisIsMissing())('redisStore in a cluster', () => {
  let server: Service

  beforeAll(async () => {
    server = await startRedis('--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1')
    const client = createClient({ socket: { host: '127.0.0.1', port: server.port } })
    await client.on('error', silent).connect()
    await client.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '0', '16383'])
    const info = () => client.sendCommand<string>(['CLUSTER', 'INFO'])
    while (!(await info()).includes('cluster_state:ok')) await pause(20)
    client.destroy()
  })

  afterAll(() => server.remove())

  test('works with a cluster of node-redis', async () => {
    const cluster = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${server.port}` }] })
    onTestFinished(() => cluster.destroy())
    await cluster.on('error', silent).connect()
    await expectOperations(redisStore(cluster, { prefix: 'node-redis:' }))
  })

  test('works with a cluster of ioredis', async () => {
    const cluster = new Cluster([{ host: '127.0.0.1', port: server.port }])
    onTestFinished(() => cluster.disconnect())
    await expectOperations(redisStore(cluster, { prefix: 'ioredis:' }))
  })

  async function expectOperations(store: Store): Promise<void> {
    for (let number = 1; number <= 20; number++) {
      const key = `key:${number}`
      const first = String(await store.set(key, 'first', { ifAbsent: true, lifetime: 60 }))
      expect(await store.set(key, 'second', { ifAbsent: true })).toBeUndefined()
      const version = String(await store.set(key, 'second', { ifVersion: first }))
      expect(await store.get(key)).toEqual({ value: 'second', version })
      expect(await store.delete(key, { ifVersion: first })).toBe(false)
      expect(await store.delete(key, { ifVersion: version })).toBe(true)
    }
  }
})

describe('redisStore refuses', () => {
  const wanted =
    'redisStore() takes a client of node-redis (redis) or of ioredis, or an object with sendCommand(...args). It was given'

  class Pool {
    query(): void {}
  }

  test.each([
    [undefined, 'undefined'],
    ['redis://:the-password@localhost', 'a string'],
    [Promise.resolve({}), 'a Promise: await it first'],
    [new Pool(), 'an instance of Pool'],
    [{ host: 'localhost' }, 'an object without them'],
    [createClient, 'the function'],
  ])('%o as a client, by name', (given, name) => {
    const make = () => redisStore(given as unknown as RedisClient)
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_OIDC_INVALID_OPTION' }))
    expect(make).toThrow(`${wanted} ${name}`)
    expect(make).not.toThrow('the-password')
  })

  test.each([
    [{ prefx: 'a' }, 'options.prefx is not an option. The options are prefix.'],
    [{ prefix: 'an umlaut ö' }, 'options.prefix must be'],
    [{ prefix: 7 }, 'options.prefix must be'],
  ])('the options %j', (options, message) => {
    const client = { sendCommand: async () => null }
    expect(() => redisStore(client, options as object)).toThrow(message)
  })

  test.each([undefined, true, ['OK'], { reply: 'OK' }])(
    'a client that answers a write with %j',
    async reply => {
      const store = redisStore({ sendCommand: async () => reply })
      await expect(store.set('a', 'b')).rejects.toThrow('something other than a reply of Redis')
      await expect(store.delete('a')).rejects.toThrow('something other than a reply of Redis')
    },
  )
})
