import type { Report } from '../measures/measure.ts'
import type { Peer } from '../peers.ts'
import { type RunningApp, type RunningProvider, startApp } from './processes.ts'

/**
 * Measures the apps of all peers side by side: prepares each, then gives each a short turn in each round, so that whatever else
 * the machine does hits all of them alike.
 */
export async function sideBySide<Prepared>(
  provider: RunningProvider,
  peers: readonly Peer[],
  rounds: number,
  report: Report,
  { prepare, turn }: Turns<Prepared>,
): Promise<void> {
  const running: { readonly app: RunningApp; readonly prepared: Prepared }[] = []
  const apps: RunningApp[] = []
  try {
    for (const peer of peers)
      await report(peer, async () => {
        const app = await startApp(provider, peer)
        apps.push(app)
        running.push({ app, prepared: await prepare(app) })
        return {}
      })
    for (let round = 0; round < rounds; round += 1)
      for (const { app, prepared } of rotated(running, round * 5))
        await report(app.peer, () => turn(app, prepared, round))
  } finally {
    for (const app of apps) app.stop()
  }
}

interface Turns<Prepared> {
  readonly prepare: (app: RunningApp) => Promise<Prepared>
  readonly turn: (
    app: RunningApp,
    prepared: Prepared,
    round: number,
  ) => Promise<Readonly<Record<string, number>>>
}

/** The same items, of which another one is the first. */
function rotated<Item>(items: readonly Item[], by: number): readonly Item[] {
  const first = items.length === 0 ? 0 : by % items.length
  return [...items.slice(first), ...items.slice(0, first)]
}

/** Does the work for each peer in each round. */
export async function inTurn(
  peers: readonly Peer[],
  rounds: number,
  work: (peer: Peer) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < rounds; round += 1)
    for (const peer of rotated(peers, round * 5)) await work(peer)
}
