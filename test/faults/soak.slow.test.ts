import { describe, expect, test } from 'vitest'
import { runLongSoak } from '../support/long-soak/long-soak.ts'
import { redisIsMissing } from '../support/processes/redis-server.ts'

/** The whole one is `npm run soak`. */
const size = {
  minutes: 0.15,
  processes: 2,
  guests: 3,
  absoluteLifetime: 60,
  samples: 3,
  pause: { least: 1.5, spread: 1.5 },
}

describe.skipIf(redisIsMissing())('an app whose replicas, provider and store restart at random', () => {
  test('keeps users signed in who are, and nobody else', { timeout: 180_000 }, async () => {
    const { deeds, troubles, failures, excused, clients, developments } = await runLongSoak(size)
    console.log(deeds, troubles, `${excused} while something was away`)
    expect(failures).toEqual([])
    expect(deeds['sign-ins']).toBeGreaterThan(0)
    expect(Object.values(troubles).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0)
    expect(clients).toBe(1)
    expect(developments).toHaveLength(4)
  })
})
