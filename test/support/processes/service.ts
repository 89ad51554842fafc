import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'

/** A server of Debian that runs for one test file. */
export interface Service {
  readonly port: number
  /** Sends it a signal: SIGSTOP freezes it, SIGCONT lets it go on. */
  readonly signal: (signal: NodeJS.Signals) => void
  /** Ends it at once, as a crash would, unless it has ended. */
  readonly kill: () => Promise<void>
  /** Starts it again, with what it has kept, and waits until it answers. */
  readonly start: () => Promise<void>
  /** Ends it and removes its folder. */
  readonly remove: () => Promise<void>
}

export interface Program {
  readonly path: string
  readonly args: readonly string[]
  /** The user who runs it; the one who runs the tests if there is none. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined
  readonly folder: string
  /** The signal upon which it ends at once. */
  readonly killedBy: NodeJS.Signals
  /** What it says when it is ready. */
  readonly ready: string
}

const TIMEOUT = 60_000

/** Runs a server, which can be stopped and started again. */
export function buildService(program: Program): Pick<Service, 'signal' | 'kill' | 'start'> {
  let running: ChildProcess | undefined
  return {
    signal: signal => running?.kill(signal),
    async kill() {
      if (running === undefined) return
      const exit = once(running, 'exit')
      running.kill(program.killedBy)
      running.kill('SIGCONT')
      await exit
      running = undefined
    },
    async start() {
      running = await startProgram(program)
    },
  }
}

async function startProgram({ path, args, owner, folder, ready }: Program): Promise<ChildProcess> {
  const child = spawn(path, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], ...owner })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  for (const deadline = Date.now() + TIMEOUT; !output.includes(ready); await pause(10)) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`${path} did not start:\n${output}`)
  }
  return child
}
