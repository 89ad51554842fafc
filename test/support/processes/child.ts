import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export interface Child {
  /** What it has written to standard output and standard error. */
  readonly output: () => string
  /** Waits until the output holds a text. */
  readonly says: (text: string) => Promise<void>
  /** Waits for the end, and tells the exit code. */
  readonly ends: () => Promise<number | null>
  /** Asks it to stop, unless it has ended; tells the exit code. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>
}

const TIMEOUT = 60_000

/** Runs a program of this repository as a process of its own. A variable that is `undefined` is not passed on. */
export function startChild(path: string, env: Readonly<Record<string, string | undefined>>): Child {
  const file = fileURLToPath(new URL(`../../../${path}`, import.meta.url))
  return follow(spawn(process.execPath, [file], options({ env })), path)
}

/** Runs a command as a process of its own; what that starts ends with it, which npm alone does not see to. */
export function startCommand(
  [command = '', ...args]: readonly string[],
  { cwd, env }: CommandOptions,
): Child {
  const child = spawn(command, args, { ...options({ cwd, env }), detached: true })
  const followed = follow(child, [command, ...args].join(' '))
  return {
    ...followed,
    async stop(signal = 'SIGTERM') {
      const runs = child.exitCode === null && child.signalCode === null
      if (runs && child.pid !== undefined) process.kill(-child.pid, signal)
      return followed.ends()
    },
  }
}

interface CommandOptions {
  readonly cwd?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

function options({ cwd, env }: CommandOptions) {
  return { ...(cwd && { cwd }), env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] as Pipes }
}

type Pipes = ['ignore', 'pipe', 'pipe']

function follow(child: ChildProcessByStdio<null, Readable, Readable>, name: string): Child {
  const closed = once(child, 'close')
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const ends = async (): Promise<number | null> => (await closed)[0]
  return {
    output: () => output,
    async says(text) {
      for (const deadline = Date.now() + TIMEOUT; !output.includes(text); await pause(20)) {
        const problem = child.exitCode === null ? 'has not said' : 'ended without saying'
        if (child.exitCode !== null || Date.now() > deadline)
          throw new Error(`${name} ${problem} "${text}":\n${output}`)
      }
    },
    ends,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ends()
    },
  }
}
