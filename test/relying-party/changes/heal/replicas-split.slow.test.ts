import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from 'redis'
import { describe, expect } from 'vitest'
import { redisStore } from '../../../../src/redis.ts'
import {
  expectOneClient,
  failuresAcross,
  test as shared,
  startAnother,
} from '../../../support/apps/lost-store.ts'
import { startReplicas } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { until } from '../../../support/clock.ts'
import { expectSignIn } from '../../../support/flow.ts'
import { isSignedIn, logOut, visit } from '../../../support/logout.ts'
import { redisIsMissing, startRedis } from '../../../support/processes/redis-server.ts'

const test = shared.extend('redis', async ({ onTestFinished }) => {
  const server = await startRedis()
  const client = createClient({ socket: { host: '127.0.0.1', port: server.port } })
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(async () => {
    client.destroy()
    await server.remove()
  })
  return client
})

describe.skipIf(redisIsMissing())('two replicas whose Redis was flushed', () => {
  test('use one client and one key again when one starts before the other has put them back', async ({
    provider,
    start,
    redis,
  }) => {
    const store = redisStore(redis)
    const [one] = await startReplicas(start, 1, { store, relyingParty: { rereadEvery: 60 } })
    await expectSignIn({ app: one, browser: new Browser() })
    await redis.sendCommand(['FLUSHALL'])
    const other = await startAnother(start, one, store)
    await other.rp.ready()
    expect(await failuresAcross([one, other], 20)).toEqual([])
    await expectOneClient([one, other], provider)
    expect(provider.clients.size).toBe(2)
  })

  test('keep their client while both run, and an app that starts afterwards uses it', async ({
    provider,
    start,
    redis,
  }) => {
    const store = redisStore(redis)
    const two = await startReplicas(start, 2, { store, relyingParty: { rereadEvery: 0.5 } })
    for (let round = 0; round < 3; round += 1) {
      await redis.sendCommand(['FLUSHALL'])
      expect(await failuresAcross(two, 4)).toEqual([])
      await expectOneClient(two, provider)
    }
    expect(provider.clients.size).toBe(1)
  })

  test('end a session from before by a logout, whether it was used since or not', async ({
    provider,
    start,
    redis,
  }) => {
    const store = redisStore(redis)
    const two = await startReplicas(start, 2, { store, relyingParty: { rereadEvery: 0.5 } })
    const [one, other] = two
    const [used, unused, stays] = [await visit(one), await visit(one), await visit(one)]
    await redis.sendCommand(['FLUSHALL'])
    await until(() => two.some(({ log }) => log.some(sentence => sentence.includes('has lost data'))))
    await pause(1_000)
    expect(await isSignedIn(used, other)).toEqual([true])
    for (const { sid } of [used, unused]) expect(await logOut(provider, one, { sid })).toBe(200)
    expect(await isSignedIn(used, one, other)).toEqual([false, false])
    expect(await isSignedIn(unused, one, other)).toEqual([false, false])
    expect(await isSignedIn(stays, one, other)).toEqual([true, true])
  })
})
