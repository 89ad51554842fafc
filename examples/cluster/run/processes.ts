import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<unknown>
}

/** Processes that belong together: when one of them ends, the others are stopped. */
export class Processes {
  readonly #running: Running[] = []
  #stopping = false

  /** Starts a process and prints its output, prefixed with its name. Resolves when the output contains `until`. */
  async start(
    name: string,
    [command = '', ...args]: readonly string[],
    { until, env = process.env }: { readonly until: string; readonly env?: NodeJS.ProcessEnv },
  ): Promise<void> {
    // In its own process group, so that Ctrl+C reaches only this process, which then stops the others in order.
    const child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = once(child, 'close').catch((error: Error) => console.error(`${name}: ${error.message}`))
    this.#running.push({ child, ended })
    void ended.then(() => this.#stopOthers(name))
    await new Promise<void>(resolve => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface(stream).on('line', line => {
          console.log(`${name}: ${line}`)
          if (line.includes(until)) resolve()
        })
      }
    })
  }

  /** Stops all processes, in reverse order. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const { child, ended } of this.#running.toReversed()) {
      child.kill('SIGTERM')
      await ended
    }
  }

  async #stopOthers(name: string): Promise<void> {
    if (this.#stopping) return
    console.error(`${name} has ended. Stopping the others.`)
    await this.stop()
    process.exit(1)
  }
}
