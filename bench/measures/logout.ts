import { cpuOf, inParallel, signInMany } from '../harness/load.ts'
import { LONGEST_ANSWER } from '../harness/numbers.ts'
import type { RunningApp } from '../harness/processes.ts'
import { sideBySide } from '../harness/side-by-side.ts'
import type { Visitor } from '../harness/visitor.ts'
import { FLOOR } from '../peers.ts'
import type { Measure } from './measure.ts'

const WARM_UP = 150
const COUNT = 30

/** A logout token that ends one session of many. The floor only reads the form and verifies the signature. */
export const logout: Measure = {
  columns: { logout: { title: 'logout token, µs', digits: 0, over: FLOOR } },
  seconds: (peers, { rounds }) => peers * (2 + (WARM_UP + rounds * COUNT) / 60),
  run: (peers, { provider, rounds }, report) =>
    sideBySide(provider, peers, rounds, report, {
      async prepare(app) {
        const all = WARM_UP + rounds * COUNT
        const visitors = await signInMany(app, all)
        const tokens = await provider.logoutTokens(app.clientId, all)
        await postTokens(app, tokens.slice(0, WARM_UP))
        return { visitors, tokens: tokens.slice(WARM_UP) }
      },
      async turn(app, { visitors, tokens }, round) {
        const own = tokens.slice(round * COUNT, (round + 1) * COUNT)
        const cost = await cpuOf(app, COUNT, () => postTokens(app, own))
        if (round === rounds - 1 && app.peer.name !== FLOOR) await expectNobody(app, visitors)
        return { logout: cost }
      },
    }),
}

/** Posts logout tokens, a few at a time, and fails unless each is accepted. */
export async function postTokens(app: RunningApp, tokens: readonly string[]): Promise<void> {
  const url = new URL(app.peer.backchannel ?? '', app.baseUrl)
  await inParallel(tokens.length, 8, async number => {
    const body = new URLSearchParams({ logout_token: tokens[number] ?? '' })
    const signal = AbortSignal.timeout(LONGEST_ANSWER)
    const { status } = await fetch(url, { method: 'POST', body, signal })
    if (status !== 200 && status !== 204) throw new Error(`${app.peer.name} answered a token with ${status}.`)
  })
}

async function expectNobody(app: RunningApp, visitors: readonly Visitor[]): Promise<void> {
  for (const visitor of visitors.slice(0, 20)) {
    const { status } = await visitor.open(new URL('/me', app.baseUrl))
    if (status === 200) throw new Error(`${app.peer.name} still knows ${visitor.sub} after the logout token.`)
  }
}
