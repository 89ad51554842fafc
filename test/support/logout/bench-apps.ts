import { forkChild, nextMessage } from '../processes/forked-child.ts'
import type { BenchAnswer, BenchOrder, BenchTask } from './bench-app.ts'

/** An app in a process of its own, which does and tells what it is asked. */
export interface BenchApp {
  readonly url: string
  readonly ask: (order: BenchOrder) => Promise<number>
  readonly stop: () => void
}

/** Starts it. */
export async function startBenchApp(task: BenchTask): Promise<BenchApp> {
  let url = ''
  const child = await forkChild<BenchAnswer>('logout/bench-app.ts', task, said => {
    url = String(said)
  })
  return {
    url,
    async ask(order) {
      const said = nextMessage<BenchAnswer>(child)
      child.send(order)
      return Number(await said)
    },
    stop: () => void child.kill('SIGKILL'),
  }
}
