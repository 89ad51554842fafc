import type { Peer } from '../peers.ts'
import { type RunningProvider, startApp } from './processes.ts'
import { Visitor } from './visitor.ts'

/** Fails unless the app signs users in for real: two users are told apart, and a visitor without a session is nobody. */
export async function checkPeer(provider: RunningProvider, peer: Peer): Promise<void> {
  const app = await startApp(provider, peer)
  try {
    const me = new URL('/me', app.baseUrl)
    const stranger = await new Visitor('stranger').open(me)
    if (stranger.status === 200) throw new Error(`${peer.name} lets a stranger in: ${stranger.text}`)
    const visitors = [await app.signIn('alice'), await app.signIn('bob')]
    for (const visitor of visitors) {
      const { status, text } = await visitor.open(me)
      if (status !== 200 || text !== visitor.sub)
        throw new Error(`${peer.name} answered ${visitor.sub} with ${status}: ${text.slice(0, 300)}`)
    }
    const again = await new Visitor('alice').open(me)
    if (again.status === 200) throw new Error(`${peer.name} lets a stranger in after others: ${again.text}`)
  } finally {
    app.stop()
  }
}
