import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { forkChild } from '../processes/forked-child.ts'
import type { Balancer } from '../soak/balancer.ts'
import type { LongSoakMessage, LongSoakTask, Measured } from './child.ts'

/** Processes that are one app, of which the first is never restarted. */
export interface Replicas {
  /** Ends one of the others as a crash would, and starts another one in its place. */
  readonly restartOne: () => Promise<void>
  /** Lets one renew the credentials. Tells the way. */
  readonly rotate: () => Promise<string>
  /** What the first one holds. */
  readonly measure: () => Promise<Measured>
  readonly end: () => Promise<void>
}

/** One process of an app. */
export interface Replica {
  readonly child: ChildProcess
  readonly port: number
}

/** Starts one process of an app, with options for Node. */
export async function startReplica(task: LongSoakTask, ...execArgv: readonly string[]): Promise<Replica> {
  let port = 0
  const hear = (first: LongSoakMessage): void => {
    if (first.kind === 'ready') port = first.port
  }
  const child = await forkChild('long-soak/child.ts', task, hear, execArgv)
  return { child, port }
}

/** Starts so many processes. */
export async function startReplicas(
  count: number,
  task: LongSoakTask,
  { targets }: Balancer,
): Promise<Replicas> {
  const running: Replica[] = []

  async function start(): Promise<Replica> {
    const replica = await startReplica(task)
    targets.push(replica.port)
    return replica
  }

  for (let started = 0; started < count; started += 1) running.push(await start())
  const first = running[0] as Replica
  return {
    async restartOne() {
      const index = 1 + Math.floor(Math.random() * (count - 1))
      const replica = running[index] as Replica
      targets.splice(targets.indexOf(replica.port), 1)
      await kill(replica)
      running[index] = await start()
    },
    rotate: async () => {
      const { way } = await ask(first.child, 'rotated', 'rotate')
      return way
    },
    measure: () => ask(first.child, 'measured', 'measure'),
    end: async () => void (await Promise.all(running.map(kill))),
  }
}

/** Asks a process, and waits for what it says. */
export function ask<Kind extends LongSoakMessage['kind']>(
  child: ChildProcess,
  kind: Kind,
  message: string,
): Promise<Extract<LongSoakMessage, { readonly kind: Kind }>> {
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(new Error('The first replica has ended.'))
    child.once('exit', gone)
    const hear = (heard: LongSoakMessage): void => {
      if (heard.kind !== kind) return
      child.off('message', hear).off('exit', gone)
      resolve(heard as Extract<LongSoakMessage, { readonly kind: Kind }>)
    }
    child.on('message', hear).send(message)
  })
}

/** Ends a process at once, unless it has ended. */
export async function kill({ child }: Replica): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
