import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<unknown>
}

/** Starts processes that belong together: when one of them ends, all end. */
export class Processes {
  readonly #running: Running[] = []
  #stops = false

  /** Starts one, prints what it says with its name in front, and resolves once it has said a text. */
  async start(
    name: string,
    [program = '', ...args]: readonly string[],
    { until, env = process.env }: { readonly until: string; readonly env?: NodeJS.ProcessEnv },
  ): Promise<void> {
    // In a group of its own, so that Ctrl+C reaches this program alone, which stops all in the right order.
    const child = spawn(program, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = once(child, 'close').catch((error: Error) => console.error(`${name}: ${error.message}`))
    this.#running.push({ child, ended })
    void ended.then(() => this.#endAll(name))
    await new Promise<void>(resolve => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface(stream).on('line', line => {
          console.log(`${name}: ${line}`)
          if (line.includes(until)) resolve()
        })
      }
    })
  }

  /** Stops all, the last one first. */
  async stop(): Promise<void> {
    this.#stops = true
    for (const { child, ended } of this.#running.toReversed()) {
      child.kill('SIGTERM')
      await ended
    }
  }

  async #endAll(name: string): Promise<void> {
    if (this.#stops) return
    console.error(`${name} has ended, so all end.`)
    await this.stop()
    process.exit(1)
  }
}
