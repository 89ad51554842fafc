import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { Store } from '../../../src/index.ts'

const script = fileURLToPath(new URL('store-racer.ts', import.meta.url))
const RACERS = 8
const ROUNDS = 25

/**
 * Lets 8 processes race in 25 rounds: in each, one of them is the first at a key, and no addition to a counter is lost.
 *
 * @param place - The port of the server, or the path of the file.
 * @param store - The store that they share, to look at.
 */
export async function expectFairRaces(
  medium: 'redis' | 'postgres' | 'sqlite',
  place: number | string,
  store: Store,
): Promise<void> {
  const racers = await Promise.all(Array.from({ length: RACERS }, () => startRacer(medium, String(place))))
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      const reports = racers.map(async racer => ({ racer, ...((await nextMessage(racer)) as Report) }))
      for (const racer of racers) racer.send(round)
      const winners = (await Promise.all(reports)).filter(({ won }) => won)
      expect(winners).toHaveLength(1)
      expect((await store.get(`first:${round}`))?.value).toBe(String(winners[0]?.racer.pid))
      expect((await store.get('counter'))?.value).toBe(String(round * RACERS * 5))
    }
  } finally {
    for (const racer of racers) racer.kill('SIGKILL')
  }
}

interface Report {
  readonly won: boolean
}

async function startRacer(medium: string, place: string): Promise<ChildProcess> {
  const racer = fork(script, [medium, place], { execArgv: [] })
  await nextMessage(racer)
  return racer
}

/** Waits for what a racer says, or fails when it ends. */
function nextMessage(racer: ChildProcess): Promise<unknown> {
  const over = new AbortController()
  const told = once(racer, 'message', { signal: over.signal }).then(([message]: unknown[]) => message)
  const gone = once(racer, 'exit', { signal: over.signal }).then(() => {
    throw new Error('A racer ended before it had answered.')
  })
  return Promise.race([told, gone]).finally(() => over.abort())
}
