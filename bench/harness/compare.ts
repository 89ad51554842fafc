import type { Conditions, Measure } from '../measures/measure.ts'
import type { Peer } from '../peers.ts'
import { checkPeer } from './check.ts'
import type { RunningProvider } from './processes.ts'
import type { Results, Values } from './table.ts'

/** Fails unless every peer signs users in for real. */
export async function checkPeers(provider: RunningProvider, peers: readonly Peer[]): Promise<void> {
  for (const peer of peers) await checkPeer(provider, peer)
  console.log(`All ${peers.length} sign users in, tell them apart, and let no stranger in.`)
}

/** Measures the peers in turn, round by round, so that whatever else the machine does hits all of them. */
export async function compare(
  measures: Readonly<Record<string, Measure>>,
  peers: readonly Peer[],
  rounds: number,
  conditions: Conditions,
): Promise<Results> {
  const values: Values = {}
  const reasons = new Set<string>()
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, measure] of Object.entries(measures)) {
      if (measure.once && round > 0) continue
      console.log(`round ${round + 1} of ${measure.once ? 1 : rounds}: ${name}`)
      for (const peer of inTurn(peers, round)) {
        const reason = peer.without[name]
        if (reason) reasons.add(`${peer.name}, ${name}: ${reason}.`)
        else add(values, peer, await measure.run(peer, conditions))
      }
    }
  }
  const columns = Object.assign({}, ...Object.values(measures).map(measure => measure.columns))
  return { peers: peers.map(({ name }) => name), columns, values, reasons: [...reasons] }
}

/** Each round starts with another peer. */
function inTurn(peers: readonly Peer[], round: number): readonly Peer[] {
  const first = (round * 5) % peers.length
  return [...peers.slice(first), ...peers.slice(0, first)]
}

function add(values: Values, { name }: Peer, measured: Readonly<Record<string, number>>): void {
  for (const [column, value] of Object.entries(measured)) {
    values[column] ??= {}
    const own = values[column][name] ?? []
    values[column][name] = [...own, value]
  }
}
