import { afterAll, beforeAll, describe, test } from 'vitest'
import { type Choose, killEverywhere, loseAnswers, type Outcome } from '../../../support/crash/matrix.ts'
import { type Scenario, scenarios } from '../../../support/crash/scenarios.ts'
import { Stage } from '../../../support/crash/stage.ts'
import { redisIsMissing, startRedis } from '../../../support/processes/redis-server.ts'
import type { Service } from '../../../support/processes/service.ts'

const isFull = process.env['CRASH_MATRIX'] === 'full'
const seed = Number(process.env['CRASH_SEED'] ?? Math.floor(Math.random() * 9))
const withoutRedis = redisIsMissing()
const timeout = 600_000
let redis: Service | undefined

beforeAll(async () => {
  if (!withoutRedis) redis = await startRedis()
})

afterAll(() => redis?.remove())

describe.concurrent('an app that is killed at any point starts again', () => {
  for (const scenario of scenarios) {
    test.skipIf(scenario.medium === 'redis' && withoutRedis)(
      scenario.name,
      { timeout },
      async ({ expect }) => {
        const outcome = await onStage(scenario, stage =>
          killEverywhere(stage, scenario, chooserFor(scenario)),
        )
        report('kills', scenario, outcome)
        expect(outcome.hit).toEqual(outcome.chosen)
        expect(outcome.faults).toEqual([])
      },
    )
  }
})

describe.concurrent('an app that loses any answer of the provider goes on, and starts again', () => {
  const asking = scenarios.filter(({ within, medium }) => within === undefined && medium === undefined)
  for (const scenario of asking) {
    test(scenario.name, { timeout }, async ({ expect }) => {
      const outcome = await onStage(scenario, stage => loseAnswers(stage, scenario, chooserFor(scenario)))
      report('lost answers', scenario, outcome)
      expect(outcome.hit).toEqual(outcome.chosen)
      expect(outcome.faults).toEqual([])
    })
  }
})

async function onStage(scenario: Scenario, play: (stage: Stage) => Promise<Outcome>): Promise<Outcome> {
  const server = scenario.medium && redis && { kind: scenario.medium, place: String(redis.port) }
  const stage = await Stage.open(scenario, server)
  try {
    return await play(stage)
  } finally {
    await stage.close()
  }
}

/** Every point, or some of them, from a place that the seed says. */
function chooserFor({ oneOf = 3 }: Scenario): Choose {
  const step = isFull ? 1 : oneOf
  return count =>
    Array.from({ length: count }, (_, index) => index).filter(index => index % step === seed % step)
}

function report(what: string, { name }: Scenario, { points, hit }: Outcome): void {
  const seeded = hit.length < points.length ? `, CRASH_SEED=${seed}` : ''
  console.log(`Crash matrix, ${name}: ${points.length} points, ${hit.length} ${what}${seeded}.`)
}
