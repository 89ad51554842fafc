import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import { proofMarks } from '../../../src/relying-party/proof-marks.ts'
import { postgresIsMissing, startPostgres } from '../../support/processes/postgres-server.ts'
import { redisIsMissing, startRedis } from '../../support/processes/redis-server.ts'
import type { Service } from '../../support/processes/service.ts'
import { openMedium } from '../../support/stores/media.ts'
import { apiApp } from '../../support/tokens/bearer.ts'
import { test as base, expectRefused, NONCE, PROOF } from '../../support/tokens/bearer-dpop-flow.ts'

const servers = [
  ['redis', redisIsMissing, startRedis],
  ['postgres', postgresIsMissing, startPostgres],
] as const

describe.for(servers)('two replicas of an API with a store in %s', ([kind, isMissing, startServer]) => {
  if (isMissing()) return base.skip('need it', () => {})
  let server: Service

  beforeAll(async () => {
    server = await startServer()
  }, 60_000)

  afterAll(() => server.remove())

  /** Two replicas with connections of their own. */
  const test = base
    .extend('stores', async ({ onTestFinished }) => {
      const name = `r${randomUUID().replaceAll('-', '')}`
      const media = await Promise.all([1, 2].map(() => openMedium({ kind, place: String(server.port) })))
      onTestFinished(async () => void (await Promise.all(media.map(medium => medium.close()))))
      return media.map(medium => medium.store(name))
    })
    .extend('replicas', async ({ start, stores, program, token }) => {
      const [one, two] = stores
      const sharing = (store: unknown, more: object = {}) =>
        apiApp({}, { relyingParty: { store, name: 'api', ...more } as RelyingPartyOptions })
      const first = await start(sharing(one))
      const second = await start(sharing(two, { baseUrl: first.url }))
      expectRefused(await program.call(first, '/api', token), first, NONCE)
      return [first, second] as const
    })

  test('accept a proof once, and the nonces of each other', async ({ replicas, program, token }) => {
    const [first, second] = replicas
    const url = `${first.url}/api`
    const proof = await program.proof({ url, token })
    expect((await program.call(first, '/api', token, { proofs: [proof] })).status).toBe(200)
    const replayed = await program.call(second, '/api', token, { proofs: [proof] })
    expectRefused(replayed, { ...second, url: first.url }, PROOF)
    expect((await program.call(second, '/api', token, { url })).status).toBe(200)
  })

  test('accept one of many copies that arrive at once', async ({ replicas, program, token }) => {
    const url = `${replicas[0].url}/api`
    for (let round = 0; round < 5; round += 1) {
      const proof = await program.proof({ url, token })
      const copies = Array.from({ length: 10 }, (_, index) =>
        program.call(replicas[index % 2 === 0 ? 0 : 1], '/api', token, { proofs: [proof] }),
      )
      const statuses = (await Promise.all(copies)).map(({ status }) => status)
      expect(statuses.filter(status => status === 200)).toHaveLength(1)
      expect(statuses.filter(status => status === 401)).toHaveLength(9)
    }
  })

  test('have their marks in common', async ({ stores }) => {
    const [one, two] = stores.map(store => proofMarks({ store }))
    expect([await one?.claim('a', 1), await two?.claim('a', 1), await two?.claim('b', 1)]).toEqual([
      true,
      false,
      true,
    ])
  })
})
