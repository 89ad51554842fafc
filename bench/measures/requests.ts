import { setTimeout as pause } from 'node:timers/promises'
import { startApp } from '../harness/processes.ts'
import { inTurn } from '../harness/side-by-side.ts'
import type { Measure } from './measure.ts'

/** How many requests the provider gets from the app. They do not vary. */
export const requests: Measure = {
  columns: {
    atStart: { title: 'provider requests at start', digits: 0 },
    firstLogin: { title: 'with the first login', digits: 0 },
    nextLogin: { title: 'with a later login', digits: 0 },
  },
  seconds: peers => peers * 2,
  run: (peers, { provider }, report) =>
    inTurn(peers, 1, peer =>
      report(peer, async () => {
        const counts = [await provider.requests()]
        const app = await startApp(provider, peer)
        try {
          await pause(1_000) // for what it does in the background
          counts.push(await provider.requests())
          for (const sub of ['alice', 'bob']) {
            await app.signIn(sub)
            counts.push(await provider.requests())
          }
          const [before = 0, started = 0, first = 0, second = 0] = counts
          return { atStart: started - before, firstLogin: first - started, nextLogin: second - first }
        } finally {
          app.stop()
        }
      }),
    ),
}
