import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { fileStore } from '../../../src/stores/files/file-store.ts'
import type { StoreReport, StoreTask } from '../../support/stores/store-child.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const script = fileURLToPath(new URL('../../support/stores/store-child.ts', import.meta.url))
const children = new Set<ChildProcess>()

afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
})

async function startChild(directory: string): Promise<ChildProcess> {
  const child = fork(script, [directory], { execArgv: [] })
  children.add(child)
  await nextReport(child, 'ready')
  return child
}

/** Waits for the next report of one kind, or fails when the child ends. */
function nextReport<Kind extends StoreReport['kind']>(
  child: ChildProcess,
  kind: Kind,
): Promise<Extract<StoreReport, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      child.off('message', take)
      child.off('exit', gone)
    }
    const gone = (): void => {
      stop()
      reject(new Error(`The child ended before it reported ${kind}.`))
    }
    const take = (report: StoreReport): void => {
      if (report.kind === kind) {
        stop()
        resolve(report as Extract<StoreReport, { kind: Kind }>)
      }
    }
    child.on('message', take)
    child.on('exit', gone)
  })
}

const give = (child: ChildProcess, task: StoreTask): boolean => child.send(task)

test('loses no update and lets one writer win, of 8 processes in 25 rounds', {
  timeout: 120_000,
}, async () => {
  const directory = await temporaryDirectory()
  const racers = await Promise.all(Array.from({ length: 8 }, () => startChild(directory)))
  const store = fileStore(directory)
  for (let round = 1; round <= 25; round++) {
    const key = `client:round-${round}`
    const raced = racers.map(async racer => ({ racer, ...(await nextReport(racer, 'raced')) }))
    for (const racer of racers) give(racer, { kind: 'race', key, increments: 5 })
    const winners = (await Promise.all(raced)).filter(({ won }) => won)
    expect(winners).toHaveLength(1)
    expect((await store.get(key))?.value).toBe(String(winners[0]?.racer.pid))
    expect((await store.get('counter'))?.value).toBe(String(round * racers.length * 5))
  }
})

test('stays readable, with all that was reported, when its writer is killed', {
  timeout: 120_000,
}, async () => {
  const directory = await temporaryDirectory()
  for (let round = 1; round <= 20; round++) {
    const key = `client:round-${round % 3}`
    const child = await startChild(directory)
    let durable = 0
    child.on('message', (report: StoreReport) => {
      if (report.kind === 'written') durable = report.number
    })
    give(child, { kind: 'write', key, filler: 100_000 })
    await nextReport(child, 'written')
    await new Promise(resolve => setTimeout(resolve, Math.random() * 40))
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended

    const found = await fileStore(directory).get(key)
    const { number, filler } = JSON.parse(found?.value ?? '{}') as { number: number; filler: string }
    expect(number).toBeGreaterThanOrEqual(durable)
    expect(filler).toHaveLength(100_000)
    expect(await fileStore(directory).set(key, '{}', { ifVersion: String(found?.version) })).toBeDefined()
  }
})
