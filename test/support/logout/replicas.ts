import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { forkChild, nextMessage } from '../processes/forked-child.ts'
import { freePort } from '../processes/free-port.ts'
import type { Medium } from '../stores/media.ts'
import type { StoreCall } from './holds.ts'
import type { ReplicaOrder, ReplicaTask, ReplicaWord } from './replica.ts'

/** What an app sets itself. */
export type AppOptions = Partial<Pick<ReplicaTask, 'session' | 'relyingParty'>>

/** A replica that runs as a process of its own. */
export interface Replica {
  readonly url: string
  /** Stops it at the next call of its stores, which `work` causes; lets it go on after `meanwhile`. */
  readonly during: <Result>(
    call: StoreCall,
    work: () => Promise<Result>,
    meanwhile: () => Promise<void>,
  ) => Promise<Result>
  readonly end: () => Promise<void>
  /** Ends it at once, as a crash would. */
  readonly kill: () => Promise<void>
}

/** Starts two replicas of one app, each in a process of its own. */
export async function forkReplicas(
  issuer: string,
  medium: Medium,
  options: AppOptions = {},
): Promise<readonly [Replica, Replica]> {
  const ports = [await freePort(), await freePort()] as const
  const baseUrl = `http://localhost:${ports[0]}`
  const { session = {}, relyingParty = {} } = options
  const start = (port: number): Promise<Replica> =>
    forkReplica({ issuer, medium, port, baseUrl, session, relyingParty })
  const first = await start(ports[0])
  return [first, await start(ports[1])]
}

/** Starts one replica in a process of its own. */
export async function forkReplica(task: ReplicaTask): Promise<Replica> {
  const child = await forkChild<ReplicaWord>('logout/replica.ts', task)
  const tell = (order: ReplicaOrder): unknown => child.send(order)
  return {
    url: `http://localhost:${task.port}`,
    async during(call, work, meanwhile) {
      const held = nextMessage<ReplicaWord>(child)
      tell({ hold: call })
      const working = work()
      await held
      try {
        await meanwhile()
      } finally {
        tell('go on')
      }
      return working
    },
    end: () => ended(child, () => tell('end')),
    kill: () => ended(child, () => child.kill('SIGKILL')),
  }
}

async function ended(child: ChildProcess, end: () => unknown): Promise<void> {
  const exit = once(child, 'exit')
  end()
  await exit
}
