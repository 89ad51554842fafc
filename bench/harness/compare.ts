import type { Conditions, Measure, Report } from '../measures/measure.ts'
import type { Peer } from '../peers.ts'
import { checkPeer } from './check.ts'
import type { RunningProvider } from './processes.ts'
import { showProgress } from './progress.ts'
import type { Results, Values } from './table.ts'

/** Fails unless every peer signs users in for real. */
export async function checkPeers(provider: RunningProvider, peers: readonly Peer[]): Promise<void> {
  for (const peer of peers) await checkPeer(provider, peer)
  console.log(`All ${peers.length} sign users in, tell them apart, and let no stranger in.`)
}

/** Measures one thing after another, each for all peers. */
export async function compare(
  measures: Readonly<Record<string, Measure>>,
  peers: readonly Peer[],
  conditions: Conditions,
): Promise<Results> {
  const values: Values = {}
  const reasons = new Set<string>()
  const due = Object.entries(measures).map(([name, measure]) => {
    const able = peers.filter(peer => !peer.without[name])
    for (const peer of peers)
      if (!able.includes(peer)) reasons.add(`${peer.name}, ${name}: ${peer.without[name]}.`)
    return { name, measure, able, seconds: measure.seconds(able.length, conditions) }
  })
  const progress = showProgress(due.reduce((sum, { seconds }) => sum + seconds, 0))
  for (const { name, measure, able, seconds } of due) {
    progress.next(name, seconds)
    await measure.run(able, conditions, reportTo(values, reasons, name))
  }
  const columns = Object.assign({}, ...Object.values(measures).map(measure => measure.columns))
  return { peers: peers.map(({ name }) => name), columns, values, reasons: [...reasons] }
}

/** A measurement that fails is a reason, and the others go on. */
function reportTo(values: Values, reasons: Set<string>, measure: string): Report {
  const failed = new Set<Peer>()
  return async (peer, work) => {
    if (failed.has(peer)) return
    try {
      add(values, peer, await work())
    } catch (error) {
      failed.add(peer)
      reasons.add(`${peer.name}, ${measure}: failed. ${String(error)}`)
      process.exitCode = 1
    }
  }
}

function add(values: Values, { name }: Peer, measured: Readonly<Record<string, number>>): void {
  for (const [column, value] of Object.entries(measured)) {
    values[column] ??= {}
    const own = values[column][name] ?? []
    values[column][name] = [...own, value]
  }
}
