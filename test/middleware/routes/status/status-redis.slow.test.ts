import { RedisStore } from 'connect-redis'
import { createClient } from 'redis'
import { describe, expect } from 'vitest'
import { redisStore } from '../../../../src/redis.ts'
import { test as base } from '../../../support/apps/reported-app.ts'
import { until } from '../../../support/clock.ts'
import { redisIsMissing, startRedis } from '../../../support/processes/redis-server.ts'

const test = base
  .extend('redis', async ({ onTestFinished }) => {
    const server = await startRedis()
    onTestFinished(() => server.remove())
    return server
  })
  .extend('atRedis', async ({ redis, startReported, onTestFinished }) => {
    const client = createClient({
      url: `redis://127.0.0.1:${redis.port}`,
      disableOfflineQueue: true,
      socket: { reconnectStrategy: 50 },
    })
    client.on('error', () => undefined)
    onTestFinished(() => client.destroy())
    await client.connect()
    const app = await startReported({
      relyingParty: { name: 'shop', store: redisStore(client) },
      session: { store: new RedisStore({ client }) },
    })
    await app.rp.ready()
    return app
  })

describe.skipIf(redisIsMissing())('with both stores in one Redis, the status', () => {
  test('names both while Redis is down or answers nothing, and none afterwards', async ({
    redis,
    atRedis,
    browser,
  }) => {
    await browser.open(`${atRedis.url}/private`)
    const good = await atRedis.report()
    expect([good.problems, good.process.stores.sessions.location]).toEqual([[], 'RedisStore'])

    await redis.kill()
    const down = await atRedis.report()
    expect(down.problems).toEqual([
      expect.stringMatching(/^The library's store cannot be used/),
      expect.stringMatching(/^The session store cannot be used/),
    ])
    expect(down.app).toEqual(good.app)
    await redis.start()
    await until(async () => (await atRedis.report()).problems.length === 0)

    redis.signal('SIGSTOP')
    const silent = (await atRedis.report()).process.stores
    expect([silent.records.reason, silent.sessions.reason]).toEqual([
      expect.stringContaining('no answer within 2 s'),
      expect.stringContaining('no answer within 2 s'),
    ])
    redis.signal('SIGCONT')
    await until(async () => (await atRedis.report()).problems.length === 0)
  })
})
