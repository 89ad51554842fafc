import { signInMany } from '../harness/load.ts'
import { startApp } from '../harness/processes.ts'
import type { Measure } from './measure.ts'

const WARM_UP = 200

/** What signed-in sessions in memory add to the heap. */
export const heap: Measure = {
  columns: { heap: { title: 'heap for 10,000 sessions, MB', digits: 1 } },
  once: true,
  async run(peer, { provider, sessions }) {
    const app = await startApp(provider, peer)
    try {
      await signInMany(app, WARM_UP)
      const before = await app.ask('heap')
      await signInMany(app, sessions)
      const bytes = (await app.ask('heap')) - before
      return { heap: ((bytes / sessions) * 10_000) / 2 ** 20 }
    } finally {
      app.stop()
    }
  },
}
