import { fork } from 'node:child_process'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { sqliteStore } from '../../src/sqlite.ts'
import { nextMessage } from '../support/processes/forked-child.ts'
import type { StoreReport } from '../support/stores/store-child.ts'
import { expectFairRaces } from '../support/stores/store-race.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const script = fileURLToPath(new URL('../support/stores/store-child.ts', import.meta.url))
const freshPath = async (): Promise<string> => join(await temporaryDirectory(), 'oidc.sqlite')

test('loses no update and lets one writer win, of 8 processes in 25 rounds', {
  timeout: 120_000,
}, async () => {
  const path = await freshPath()
  await expectFairRaces('sqlite', path, sqliteStore(path))
})

test('has all that was reported, when its writer is killed', { timeout: 120_000 }, async () => {
  const path = await freshPath()
  for (let round = 1; round <= 10; round++) {
    const key = `client:round-${round % 3}`
    const child = fork(script, [path], { execArgv: [] })
    await nextMessage(child)
    let durable = 0
    child.on('message', (report: StoreReport) => {
      if (report.kind === 'written') durable = report.number
    })
    child.send({ kind: 'write', key, filler: 100_000 })
    await nextMessage(child)
    await pause(Math.random() * 40)
    const ended = nextMessage(child).catch(() => undefined)
    child.kill('SIGKILL')
    await ended
    const found = JSON.parse((await sqliteStore(path).get(key))?.value ?? '{}')
    expect(found.number).toBeGreaterThanOrEqual(durable)
    expect(found.filler).toHaveLength(100_000)
  }
})

test('gives up in the end when another process holds the file, and works again afterwards', async () => {
  const path = await freshPath()
  const store = sqliteStore(path)
  await store.set('a', 'first')
  const other = new DatabaseSync(path)
  other.exec('begin immediate')
  await expect(store.set('a', 'second')).rejects.toThrow('database is locked')
  other.exec('commit')
  expect(await store.set('a', 'third')).toBeDefined()
})
