import { countBy, type Switch } from './exchanges.ts'
import type { Processes } from './processes.ts'
import type { SoakSize, Surroundings } from './soak.ts'
import type { Visitors } from './visitors.ts'

/** What the provider's log says of its token endpoint. */
interface TokenFigures {
  /** Codes among the requests. */
  readonly exchanges: number
  /** Refreshes among the requests; one that was refused with `invalid_client` is sent again. */
  readonly refreshRequests: number
  /** Refused with `invalid_client`. */
  readonly invalidClient: number
  /** Refused with any other error. */
  readonly otherTokenErrors: number
  /** Those that came before a rotation began and were answered after it was over. */
  readonly acrossSwitches: number
  /** Of those, the refreshes. */
  readonly refreshesAcross: number
  /** Of those, the ones that were refused with `invalid_client`, and so sent again. */
  readonly acrossAndRefused: number
}

/** What a soak came to. */
export interface Figures extends TokenFigures {
  readonly way: string
  readonly provider: string
  readonly processes: number
  readonly browsers: number
  readonly rotations: number
  readonly seconds: number
  readonly signIns: number
  readonly reads: number
  /** Access tokens that were renewed for visitors. */
  readonly refreshes: number
  readonly signOuts: number
  /** Visits that failed. */
  readonly failed: number
  /** Errors that an app showed to anybody. */
  readonly errorsShown: number
  /** Sign-ins that an app had to begin again, which nobody sees. */
  readonly restarted: number
  /** What the provider refused outside the token endpoint. */
  readonly refusedElsewhere: number
  readonly registered: number
  readonly liveClients: number
  /** Whatever went wrong, in words. */
  readonly problems: string
}

interface Seen {
  readonly visitors: Visitors
  readonly processes: Processes
  readonly switches: readonly Switch[]
  readonly seconds: number
  readonly left: readonly string[]
}

export function figuresOf(around: Surroundings, size: SoakSize, seen: Seen): Figures {
  const { visitors, processes, switches, seconds, left } = seen
  const { way, provider } = around
  return {
    way,
    provider: provider.name,
    processes: size.processes,
    browsers: size.browsers,
    rotations: switches.length,
    seconds: Math.round(seconds),
    ...visitors.counts(),
    failed: visitors.failures.length,
    errorsShown: processes.failed.length,
    restarted: processes.restarted(),
    ...tokenFigures(around, switches),
    refusedElsewhere: provider.refusals.length,
    registered: provider.registered(),
    liveClients: left.length,
    problems: problemsOf([...visitors.failures, ...processes.failed, ...provider.refusals]),
  }
}

function tokenFigures({ exchanges }: Surroundings, switches: readonly Switch[]): TokenFigures {
  const errors = exchanges.errors()
  const invalidClient = errors.get('invalid_client') ?? 0
  const across = switches.flatMap(one => exchanges.across(one))
  return {
    exchanges: exchanges.count('code'),
    refreshRequests: exchanges.count('refresh'),
    invalidClient,
    otherTokenErrors: [...errors.values()].reduce((sum, count) => sum + count, 0) - invalidClient,
    acrossSwitches: across.length,
    refreshesAcross: across.filter(({ kind }) => kind === 'refresh').length,
    acrossAndRefused: across.filter(({ error }) => error === 'invalid_client').length,
  }
}

/** Figures for people to read, a column for each way. */
export function tableOf(all: readonly Figures[]): string {
  const columns = all.map(({ problems: _, ...figures }) => Object.entries(figures))
  const names = (columns[0] ?? []).map(([name]) => name.padEnd(18))
  const rows = names.map((name, row) => [name, ...columns.map(column => String(column[row]?.[1]).padEnd(23))])
  return rows.map(row => row.join('').trimEnd()).join('\n')
}

function problemsOf(texts: readonly string[]): string {
  const counts = [...countBy(texts)].map(([text, count]) => `${count} × ${text}`)
  return counts.slice(0, 10).join('\n')
}
