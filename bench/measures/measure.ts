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
  /** How often everything is measured that varies from one time to the next. */
  readonly rounds: number
  /** How many sessions the heap is measured with. */
  readonly sessions: number
}

/** Does a part of the work for one peer, and adds the values that it returns to the table, by column. After a failure, no more is done for that peer. */
export type Report = (peer: Peer, work: () => Promise<Readonly<Record<string, number>>>) => Promise<void>

/** One thing to measure, which may fill several columns of the table. */
export interface Measure {
  readonly columns: Readonly<Record<string, Column>>
  /** How long it takes for so many peers on two shared cores. */
  seconds(peers: number, conditions: Conditions): number
  run(peers: readonly Peer[], conditions: Conditions, report: Report): Promise<void>
}

/** What starts a process each time has a fifth of the rounds. */
export const startsOf = ({ rounds }: Conditions): number => Math.ceil(rounds / 5)
