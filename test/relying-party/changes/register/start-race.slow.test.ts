import type { ChildProcess } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { recordKey } from '../../../../src/relying-party/record/client-record.ts'
import { forkChild, nextMessage } from '../../../support/processes/forked-child.ts'
import { postgresIsMissing, startPostgres } from '../../../support/processes/postgres-server.ts'
import { redisIsMissing, startRedis } from '../../../support/processes/redis-server.ts'
import type { RacerReport } from '../../../support/processes/start-racer.ts'
import { scriptedProvider } from '../../../support/scripted-provider.ts'
import { settingsOf } from '../../../support/settings.ts'
import { type Medium, openMedium } from '../../../support/stores/media.ts'
import { temporaryDirectory } from '../../../support/temporary-directory.ts'

const isFull = process.env['RACE'] === 'full'
const RACERS = isFull ? 32 : 8
const ROUNDS = Number(process.env['RACE_ROUNDS'] ?? (isFull ? 20 : 2))
const timeout = 60_000 + ROUNDS * 10_000

describe(`${RACERS} processes that start at the same instant make one client`, () => {
  test('with a folder', { timeout }, async () => {
    await race({ kind: 'files', place: await temporaryDirectory() })
  })

  test.skipIf(redisIsMissing())('with Redis', { timeout }, async ({ onTestFinished }) => {
    const server = await startRedis()
    onTestFinished(() => server.remove())
    await race({ kind: 'redis', place: String(server.port) })
  })

  test.skipIf(postgresIsMissing())('with PostgreSQL', { timeout }, async ({ onTestFinished }) => {
    const server = await startPostgres()
    onTestFinished(() => server.remove())
    await race({ kind: 'postgres', place: String(server.port) })
  })
})

async function race(medium: Medium): Promise<void> {
  const provider = await slowProvider()
  const { issuer } = provider
  const racers: ChildProcess[] = []
  const opened = await openMedium(medium)
  const begun = performance.now()
  try {
    const task = { medium, issuer }
    racers.push(
      ...(await Promise.all(
        Array.from({ length: RACERS }, () => forkChild('processes/start-racer.ts', task)),
      )),
    )
    for (let round = 1; round <= ROUNDS; round++) {
      provider.clients.clear()
      const store = opened.store(`round-${round}`)
      const ids = await startTogether(racers, `round-${round}`)
      expect(provider.requestsTo('register')).toHaveLength(round)
      expect(new Set(ids)).toEqual(new Set(provider.clients.keys()))
      const lease = recordKey('lease', settingsOf({ issuer, name: 'race', store }))
      expect(await store.get(lease)).toBeUndefined()
    }
  } finally {
    for (const racer of racers) racer.kill('SIGKILL')
    await Promise.all([opened.close(), provider.close()])
  }
  report(medium, performance.now() - begun)
}

/** A provider that takes its time to register, so that those who lose the race have to wait. */
async function slowProvider() {
  const provider = await scriptedProvider()
  const usual = provider.usualAnswer('register')
  provider.answer('register', async (request, response) => {
    await pause(100)
    await usual(request, response)
  })
  return provider
}

/** Everybody has loaded everything and connected; what is left happens at once. */
async function startTogether(
  racers: readonly ChildProcess[],
  round: string,
): Promise<(string | undefined)[]> {
  const reports = racers.map(racer => nextMessage<RacerReport>(racer))
  for (const racer of racers) racer.send(round)
  return (await Promise.all(reports)).map(({ clientId }) => clientId)
}

function report({ kind }: Medium, milliseconds: number): void {
  const seconds = (milliseconds / 1_000).toFixed(1)
  console.log(`Start race, ${kind}: ${RACERS} processes, ${ROUNDS} rounds, 1 client in each; ${seconds} s.`)
}
