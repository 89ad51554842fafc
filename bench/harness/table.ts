import type { Column } from '../measures/measure.ts'
import { median } from './numbers.ts'

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

/** The table, with a row for each peer. */
export function rowsOf(results: Results): string[][] {
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

/** The median of the rounds, and in brackets how many times the median of the reference it is. */
function cell({ columns, values }: Results, name: string, peer: string): string {
  const own = values[name]?.[peer]
  if (!own) return 'n/a'
  const { digits = 0, over = '' } = columns[name] ?? {}
  const text = median(own).toFixed(digits)
  const reference = values[name]?.[over]
  return reference ? `${text} (${(median(own) / median(reference)).toFixed(2)})` : text
}
