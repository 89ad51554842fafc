import { afterAll, beforeAll, describe, vi } from 'vitest'
import { type Fault, faults } from '../support/faults/fault-proxy.ts'
import { type Outcome, travel } from '../support/faults/journey.ts'
import { type LinkName, links, openLink, type Servers } from '../support/faults/links.ts'
import { type Disturbance, nameFaults } from '../support/faults/provider-link.ts'
import { tableOf } from '../support/faults/table.ts'
import { test } from '../support/flow.ts'
import { postgresIsMissing, startPostgres } from '../support/processes/postgres-server.ts'
import { redisIsMissing, startRedis } from '../support/processes/redis-server.ts'

vi.setConfig({ maxConcurrency: 10 }) // most of the time they wait

const isSkipped = redisIsMissing() || postgresIsMissing()
const seen: (readonly [link: LinkName, outcomes: readonly Outcome[]])[] = []
let servers: Servers

/** In CI, each fault comes to Redis or to PostgreSQL; `npm run faults` tries each at both. */
const toRedis: readonly Fault[] = ['reset', 'slow', 'garbage', 'huge']
function faultsOf(link: LinkName): readonly Disturbance[] {
  if (link === 'provider') return [...faults, ...nameFaults]
  if (process.env['FAULTS'] === 'full') return faults
  return faults.filter(fault => toRedis.includes(fault) === link.endsWith('Redis'))
}

const rows = (Object.keys(links) as LinkName[]).flatMap(name =>
  faultsOf(name).map(fault => [name, fault] as const),
)

describe.skipIf(isSkipped)('an app whose way', () => {
  beforeAll(async () => {
    const [redis, postgres] = await Promise.all([startRedis(), startPostgres()])
    servers = { redis, postgres }
  })
  afterAll(async () => {
    await Promise.all([servers.redis.remove(), servers.postgres.remove()])
    console.log(tableOf(seen))
  })

  test.concurrent.for(rows)(
    'to the %s is disturbed (%s) at each moment of its life keeps its promises, and recovers',
    { timeout: 240_000 },
    async ([name, fault], { provider, expect, onTestFinished }) => {
      const link = await openLink(name, provider, servers)
      onTestFinished(() => link.close())
      const outcomes = await travel({ provider, link, name, fault })
      seen.push([name, outcomes])
      expect(outcomes.filter(({ wrong }) => wrong.length > 0)).toEqual([])
    },
  )
})
