import { cpuOf, signInMany } from '../harness/load.ts'
import { startApp } from '../harness/processes.ts'
import { BY_HAND } from '../peers.ts'
import type { Measure } from './measure.ts'

const WARM_UP = 200
const COUNT = 400

/** A whole login: the redirect to the provider, the callback, and the requests to the provider. */
export const login: Measure = {
  columns: { login: { title: 'login, µs', digits: 0, over: BY_HAND } },
  async run(peer, { provider }) {
    const app = await startApp(provider, peer)
    try {
      await signInMany(app, WARM_UP)
      return { login: await cpuOf(app, COUNT, () => signInMany(app, COUNT)) }
    } finally {
      app.stop()
    }
  },
}
