import { cpuOf, openOften } from '../harness/load.ts'
import { startApp } from '../harness/processes.ts'
import { FLOOR } from '../peers.ts'
import type { Measure } from './measure.ts'

const WARM_UP = 3_000
const COUNT = 8_000

/** A signed-in request through a guard, and a public page for the same user. */
export const me: Measure = measurePage('me', '/me', 'signed-in request, µs')
export const publicPage: Measure = measurePage('public', '/public', 'public page, µs')

function measurePage(name: string, path: string, title: string): Measure {
  return {
    columns: { [name]: { title, digits: 1, over: FLOOR } },
    async run(peer, { provider }) {
      const app = await startApp(provider, peer)
      try {
        const visitor = await app.signIn('alice')
        const page = {
          path,
          cookie: visitor.cookies(app.baseUrl),
          expected: path === '/me' ? 'alice' : 'public',
        }
        await openOften(app, { ...page, count: WARM_UP })
        return { [name]: await cpuOf(app, COUNT, () => openOften(app, { ...page, count: COUNT })) }
      } finally {
        app.stop()
      }
    },
  }
}
