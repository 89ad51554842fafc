import { describe, expect, test } from 'vitest'
import type { RotationWay } from '../../../../src/relying-party/changes/rotate-credentials.ts'
import { redisIsMissing } from '../../../support/processes/redis-server.ts'
import { tableOf } from '../../../support/soak/figures.ts'
import { ways } from '../../../support/soak/providers.ts'
import { runSoak } from '../../../support/soak/soak.ts'

/** The whole one is `npm run soak:rotation`. */
const size = { processes: 2, browsers: 8, rotations: 3, seconds: 3 }

describe.skipIf(redisIsMissing())('nobody notices a rotation, at any of several processes', () => {
  test.each(Object.keys(ways) as RotationWay[])('by %s', async way => {
    const figures = await runSoak(way, size)
    console.log(tableOf([figures]))
    expect(figures.problems).toBe('')
    expect(figures).toMatchObject({ failed: 0, errorsShown: 0, otherTokenErrors: 0, refusedElsewhere: 0 })
    expect(figures).toMatchObject({ rotations: size.rotations, liveClients: 1 })
    expect(figures.signOuts).toBe(figures.signIns)
    expect(figures.refreshes).toBe(2 * figures.signIns)
    expect(figures.refreshesAcross).toBeGreaterThanOrEqual(size.rotations)
    expect(figures.acrossSwitches).toBeGreaterThanOrEqual(size.rotations)
    if (way !== 'secret') expect(figures.invalidClient).toBe(0)
  })
})
