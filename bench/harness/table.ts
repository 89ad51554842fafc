import type { Column } from '../measures/measure.ts'
import { median, quantile } from './numbers.ts'

/** The value of each round, by column and peer. */
export type Values = Record<string, Record<string, readonly number[]>>

export interface Results {
  /** Their names. */
  readonly peers: readonly string[]
  readonly columns: Readonly<Record<string, Column>>
  readonly values: Values
  /** Why some peers have no value, as sentences. */
  readonly reasons: readonly string[]
}

/** Writes one cell of the table. */
type Cell = (results: Results, column: string, peer: string) => string

/** The table, with a row for each peer. */
export function rowsOf(results: Results, cell: Cell = medianOf): string[][] {
  const columns = Object.entries(results.columns)
  const header = ['', ...columns.map(([, { title, over }]) => (over ? `${title} (× ${over})` : title))]
  return [header, ...results.peers.map(peer => [peer, ...columns.map(([name]) => cell(results, name, peer))])]
}

/** A table for people at a terminal: a block for each column. */
export function textOf([header = [], ...rows]: readonly (readonly string[])[]): string {
  const width = Math.max(...rows.map(([peer = '']) => peer.length))
  const blocks = header.slice(1).map((title, index) => {
    const lines = rows.map(([peer = '', ...cells]) => `  ${peer.padEnd(width)}  ${cells[index]}`)
    return [title, ...lines].join('\n')
  })
  return blocks.join('\n\n')
}

export function markdownOf([header = [], ...rows]: readonly (readonly string[])[]): string {
  const lines = [header, header.map((_, column) => (column === 0 ? '---' : '--:')), ...rows]
  return lines.map(line => `| ${line.join(' | ')} |`).join('\n')
}

/** The median of the rounds, and in brackets the median of how many times the reference's value of that round it is. */
function medianOf(results: Results, column: string, peer: string): string {
  const own = results.values[column]?.[peer]
  if (!own) return 'n/a'
  const text = median(own).toFixed(results.columns[column]?.digits)
  const ratios = ratiosOf(results, column, own)
  return ratios ? `${text} (${median(ratios).toFixed(2)})` : text
}

/** The same with the quartiles of the rounds. */
export function spreadOf(results: Results, column: string, peer: string): string {
  const own = results.values[column]?.[peer] ?? []
  const text = medianOf(results, column, peer)
  if (own.length < 2) return text
  const ratios = ratiosOf(results, column, own)
  const digits = ratios ? 2 : results.columns[column]?.digits
  const [low, high] = [0.25, 0.75].map(part => quantile(ratios ?? own, part).toFixed(digits))
  return `${text}, quartiles ${low} to ${high}`
}

function ratiosOf(
  { columns, values }: Results,
  column: string,
  own: readonly number[],
): readonly number[] | undefined {
  const reference = values[column]?.[columns[column]?.over ?? '']
  return reference && own.map((value, round) => value / (reference[round] ?? Number.NaN))
}
