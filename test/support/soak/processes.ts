import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { forkChild } from '../processes/forked-child.ts'
import type { SoakMessage, SoakTask } from './child.ts'

/** Processes that are one app together. */
export interface Processes {
  readonly ports: readonly number[]
  /** Errors that they showed to anybody. */
  readonly failed: readonly string[]
  /** How many sign-ins they began again. */
  readonly restarted: () => number
  /** Lets a random one of them renew the credentials; tells the way that it took. */
  readonly rotate: () => Promise<string>
  /** Ends them at once. */
  readonly end: () => Promise<void>
}

/** Starts so many processes, one after the other. */
export async function startProcesses(count: number, task: SoakTask): Promise<Processes> {
  const children: ChildProcess[] = []
  const ports: number[] = []
  const failed: string[] = []
  let restarted = 0
  let rotated: (way: string) => void = () => undefined

  function hear(message: SoakMessage): void {
    if (message.kind === 'ready') ports.push(message.port)
    else if (message.kind === 'failed') failed.push(message.error)
    else if (message.kind === 'restarted') restarted += 1
    else rotated(message.way)
  }

  for (let started = 0; started < count; started += 1) {
    const child = await forkChild<SoakMessage>('soak/child.ts', task, hear)
    children.push(child.on('message', hear))
  }
  return {
    ports,
    failed,
    restarted: () => restarted,
    rotate() {
      const way = new Promise<string>(resolve => {
        rotated = resolve
      })
      children[Math.floor(Math.random() * count)]?.send('rotate')
      return way
    },
    end: async () => void (await Promise.all(children.map(kill))),
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
