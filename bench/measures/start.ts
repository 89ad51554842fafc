import { startApp } from '../harness/processes.ts'
import { inTurn } from '../harness/side-by-side.ts'
import { Visitor } from '../harness/visitor.ts'
import { type Measure, startsOf } from './measure.ts'

/** From the start of the process until it has sent the first visitor to the provider, and its memory then. */
export const start: Measure = {
  columns: { ready: { title: 'ready, ms', digits: 0 }, rss: { title: 'RSS when ready, MB', digits: 1 } },
  seconds: (peers, conditions) => peers * startsOf(conditions),
  run: (peers, conditions, report) =>
    inTurn(peers, startsOf(conditions), peer =>
      report(peer, async () => {
        const app = await startApp(conditions.provider, peer)
        try {
          await peer.start(new Visitor('alice'), app.baseUrl)
          const ready = performance.now() - app.begun
          return { ready, rss: (await app.ask('rss')) / 2 ** 20 }
        } finally {
          app.stop()
        }
      }),
    ),
}
