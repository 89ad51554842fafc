// A process of its own that runs an app, and dies where its parent wants it to.
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { dueTasks } from '../../../src/relying-party/client/maintenance-tasks.ts'
import type { Settings } from '../../../src/relying-party/options/settings.ts'
import { readClientRecord } from '../../../src/relying-party/record/client-record.ts'
import { startApp, type TestApp } from '../app.ts'
import { Browser } from '../browser.ts'
import { settingsOf } from '../settings.ts'
import { type Medium, openMedium } from '../stores/media.ts'
import { fetchLater, shiftClock } from './clock.ts'
import { markFiles } from './file-points.ts'
import { killingAt, type Mark, markedFetch, markedStore, say } from './points.ts'
import type { Scenario, Step } from './scenarios.ts'

/** What a process is to do: first steps that may fail, then to show that the app is well. */
export interface ChildTask {
  readonly medium: Medium
  /** Names the store. */
  readonly store: string
  readonly issuer: string
  readonly port: number
  /** Milliseconds by which its clock is wrong. */
  readonly clock: number
  readonly options: Scenario['options']
  readonly steps: readonly Step[]
  /** Counts the points where it can die. */
  readonly marked?: 'calls' | 'files' | undefined
  /** The point where it dies. */
  readonly killAt?: string | undefined
  /** What it does to show that it is well, after its steps. */
  readonly proof: readonly ('sign-in' | Step)[]
}

/** What became of it. */
export interface ChildReport {
  /** Why a step failed, which the app must survive. */
  readonly failure: string | undefined
  /** Why the proof failed, which it must not. */
  readonly fault: string | undefined
  readonly log: readonly string[]
}

const TIMEOUT = 30_000
const task = JSON.parse(process.argv[2] ?? '{}') as ChildTask
shiftClock(task.clock)
const medium = await openMedium(task.medium)
const store = medium.store(task.store)
const baseUrl = `http://localhost:${task.port}`
const settings: Settings = settingsOf({ ...task.options, issuer: task.issuer, baseUrl, name: 'app', store })
const app = await start(killingAt(task.killAt))
const failure = await attempt(task.steps)
const fault = await attempt(task.proof)
await app.close()
await medium.close()
say({ report: { failure, fault, log: app.log } satisfies ChildReport })

function start(mark: Mark): Promise<TestApp> {
  if (task.marked === 'files') markFiles(join(task.medium.place, task.store), mark)
  const marked =
    task.marked === 'calls' ? { store: markedStore(store, mark), fetch: markedFetch(mark) } : { store }
  return startApp(task.issuer, {
    port: task.port,
    directory: task.medium.place,
    relyingParty: { ...task.options, ...(task.clock > 0 && { fetch: fetchLater }), name: 'app', ...marked },
  })
}

/** Does one thing after the other. Returns why one could not be done. */
async function attempt(steps: ChildTask['proof']): Promise<string | undefined> {
  for (const step of steps) {
    try {
      await take(step)
    } catch (error) {
      return `${step}: ${error instanceof Error ? error.message : String(error)}`
    }
  }
  return undefined
}

async function take(step: ChildTask['proof'][number]): Promise<void> {
  if (step === 'start') await app.rp.ready({ timeout: 25 })
  else if (step === 'rotate') await app.rp.rotate()
  else if (step === 'unregister') await app.rp.unregister()
  else if (step === 'settle') await settle()
  else await signIn()
}

async function settle(): Promise<void> {
  for (const deadline = performance.now() + TIMEOUT; ; await pause(50)) {
    const { record } = await readClientRecord(settings)
    const [task] = dueTasks(record, settings, Date.now())
    if (!task) return
    if (performance.now() > deadline)
      throw new Error(`${task.kind} is still due; ${app.rp.status().lastError}`)
  }
}

async function signIn(): Promise<void> {
  const page = await new Browser().open(`${app.url}/private`)
  if (page.status === 200 && page.url === `${app.url}/private`) return
  throw new Error(`${page.url} answered ${page.status}: ${page.text.slice(0, 300)}`)
}
