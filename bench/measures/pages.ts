import { cpuOf, openOften } from '../harness/load.ts'
import { sideBySide } from '../harness/side-by-side.ts'
import { FLOOR } from '../peers.ts'
import type { Measure } from './measure.ts'

const WARM_UP = 4_000
const COUNT = 500

/** A signed-in request through a guard, and a public page for the same user. */
export const me: Measure = measurePage('me', '/me', 'signed-in request, µs')
export const publicPage: Measure = measurePage('public', '/public', 'public page, µs')

function measurePage(name: string, path: string, title: string): Measure {
  return {
    columns: { [name]: { title, digits: 1, over: FLOOR } },
    seconds: (peers, { rounds }) => peers * (1 + (WARM_UP + rounds * COUNT) / 2_700),
    run: (peers, { provider, rounds }, report) =>
      sideBySide(provider, peers, rounds, report, {
        async prepare(app) {
          const visitor = await app.signIn('alice')
          await visitor.open(new URL('/public', app.baseUrl)) // which may take cookies of the sign-in away
          const expected = path === '/me' ? 'alice' : 'public'
          const page = { path, cookie: visitor.cookies(app.baseUrl), expected }
          await openOften(app, { ...page, count: WARM_UP })
          return page
        },
        async turn(app, page) {
          return { [name]: await cpuOf(app, COUNT, () => openOften(app, { ...page, count: COUNT })) }
        },
      }),
  }
}
