import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deeds, type KilledApp, startKilledApp } from '../support/faults/killed-app.ts'
import { redisIsMissing, startRedis } from '../support/processes/redis-server.ts'
import type { Service } from '../support/processes/service.ts'

/** How often a process is killed during each deed. */
const { FAULTS, KILLS: asked = FAULTS === 'full' ? '125' : '2' } = process.env
const KILLS = Number(asked)
/** Milliseconds in which most deeds are over. */
const DURATION = 30

describe.skipIf(redisIsMissing())('a process that is killed', () => {
  let redis: Service
  let app: KilledApp
  beforeAll(async () => {
    redis = await startRedis()
    app = await startKilledApp(redis)
  })
  afterAll(async () => {
    await app.close()
    await redis.remove()
  })

  test.each(deeds)(
    'during a %s leaves the others what they need, and nobody signed in who should not be',
    { timeout: 60_000 + KILLS * 30_000 },
    async deed => {
      let inTime = 0
      const wrong: string[] = []
      for (let kill = 0; kill < KILLS; kill += 1) {
        const after = (kill * DURATION) / KILLS
        for (const what of await app.killDuring(deed, after)) wrong.push(`${after} ms: ${what}`)
        if (app.wasInTime()) inTime += 1
      }
      console.log(`${KILLS} kills during a ${deed}, of which ${inTime} came before its answer`)
      expect(wrong).toEqual([])
      expect(inTime).toBeGreaterThan(0)
    },
  )
})
