import { setTimeout as pause } from 'node:timers/promises'
import { signInMany } from '../harness/load.ts'
import { type RunningApp, startApp } from '../harness/processes.ts'
import type { Measure } from './measure.ts'

/** Compiled code and connections must not count as sessions. */
const WARM_UP = 1_000
/** Milliseconds for which a request of `openid-client` holds on to its signal. */
const HELD = 31_000

/** What signed-in sessions in memory add to the heap. All apps at once, because their speed does not matter. */
export const heap: Measure = {
  columns: { heap: { title: 'heap for 10,000 sessions, MB', digits: 1 } },
  seconds: (peers, { sessions }) => (peers * (2 * WARM_UP + sessions)) / 67 + (3 * HELD) / 1_000,
  async run(peers, { provider, sessions }, report) {
    const measured = peers.map(peer =>
      report(peer, async () => {
        const app = await startApp(provider, peer)
        try {
          await heapAfter(app, WARM_UP) // after which the code of the start is gone
          const before = await heapAfter(app, WARM_UP)
          const bytes = (await heapAfter(app, sessions)) - before
          return { heap: ((bytes / sessions) * 10_000) / 2 ** 20 }
        } finally {
          app.stop()
        }
      }),
    )
    await Promise.all(measured)
  },
}

async function heapAfter(app: RunningApp, signIns: number): Promise<number> {
  await signInMany(app, signIns)
  await pause(HELD)
  return app.ask('heap')
}
