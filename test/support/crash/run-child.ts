import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { ChildReport, ChildTask } from './child.ts'
import type { Line } from './points.ts'

/** How a process ended, and what it had said by then. */
export interface Ended {
  /** Whether it was killed, and not the end of its work. */
  readonly killed: boolean
  /** The points that it came by. */
  readonly points: readonly string[]
  /** What became of its work; one that says so if it came to no end. */
  readonly report: ChildReport
}

const script = fileURLToPath(new URL('child.ts', import.meta.url))
const TIMEOUT = 90_000

/** Runs an app in a process of its own until it ends or dies. What it compiles is kept in a folder for the next one. */
export async function runChild(task: ChildTask, compiled: string): Promise<Ended> {
  const child = spawn(process.execPath, [script, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: compiled },
  })
  const timer = setTimeout(() => child.kill('SIGTERM'), TIMEOUT)
  const [said, complaints, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
  ])
  clearTimeout(timer)
  const lines = said
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as Line)
  const [report] = lines.flatMap(line => ('report' in line ? [line.report as ChildReport] : []))
  const points = lines.flatMap(line => ('point' in line ? [line.point] : []))
  const fault = `the process ended by ${code ?? signal}: ${complaints}`
  return { killed: signal === 'SIGKILL', points, report: report ?? { failure: undefined, fault, log: [] } }
}
