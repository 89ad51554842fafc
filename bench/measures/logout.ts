import { cpuOf, inParallel, signInMany } from '../harness/load.ts'
import { type RunningApp, startApp } from '../harness/processes.ts'
import type { Visitor } from '../harness/visitor.ts'
import { FLOOR } from '../peers.ts'
import type { Measure } from './measure.ts'

const WARM_UP = 300
const SESSIONS = 1_000

/** A logout token that ends one session of many. The floor only reads the form and verifies the signature. */
export const logout: Measure = {
  columns: { logout: { title: 'logout token, µs', digits: 0, over: FLOOR } },
  async run(peer, { provider }) {
    const app = await startApp(provider, peer)
    try {
      const visitors = await signInMany(app, WARM_UP + SESSIONS)
      const tokens = await provider.logoutTokens(app.clientId, WARM_UP + SESSIONS)
      await post(app, tokens.slice(0, WARM_UP))
      const cost = await cpuOf(app, SESSIONS, () => post(app, tokens.slice(WARM_UP)))
      if (peer.name !== FLOOR) await expectNobody(app, visitors)
      return { logout: cost }
    } finally {
      app.stop()
    }
  },
}

async function post(app: RunningApp, tokens: readonly string[]): Promise<void> {
  const url = new URL(app.peer.backchannel ?? '', app.baseUrl)
  await inParallel(tokens.length, 8, async number => {
    const body = new URLSearchParams({ logout_token: tokens[number] ?? '' })
    const { status } = await fetch(url, { method: 'POST', body })
    if (status !== 200 && status !== 204) throw new Error(`${app.peer.name} answered a token with ${status}.`)
  })
}

async function expectNobody(app: RunningApp, visitors: readonly Visitor[]): Promise<void> {
  for (const visitor of visitors.slice(0, 20)) {
    const { status } = await visitor.open(new URL('/me', app.baseUrl))
    if (status === 200) throw new Error(`${app.peer.name} still knows ${visitor.sub} after the logout token.`)
  }
}
