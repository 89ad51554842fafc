import type { RunningProvider } from '../harness/processes.ts'
import type { Peer } from '../peers.ts'

export interface Column {
  readonly title: string
  readonly digits: number
  /** The peer that the others are divided by. */
  readonly over?: string
}

export interface Conditions {
  readonly provider: RunningProvider
  /** How many sessions the heap is measured with. */
  readonly sessions: number
}

/** One thing to measure, which may fill several columns of the table. */
export interface Measure {
  readonly columns: Readonly<Record<string, Column>>
  /** What does not vary is measured in one round. */
  readonly once?: true
  run(peer: Peer, conditions: Conditions): Promise<Readonly<Record<string, number>>>
}
