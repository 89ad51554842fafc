import { cpuOf, signInMany } from '../harness/load.ts'
import { sideBySide } from '../harness/side-by-side.ts'
import { BY_HAND } from '../peers.ts'
import type { Measure } from './measure.ts'

const WARM_UP = 150
const COUNT = 30

/** A whole login: the redirect to the provider, the callback, and the requests to the provider. */
export const login: Measure = {
  columns: { login: { title: 'login, µs', digits: 0, over: BY_HAND } },
  seconds: (peers, { rounds }) => peers * (1 + (WARM_UP + rounds * COUNT) / 67),
  run: (peers, { provider, rounds }, report) =>
    sideBySide(provider, peers, rounds, report, {
      prepare: app => signInMany(app, WARM_UP),
      turn: async app => ({ login: await cpuOf(app, COUNT, () => signInMany(app, COUNT)) }),
    }),
}
