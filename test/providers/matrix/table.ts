import type { Cell } from './cell.ts'
import { type FlowName, flowNames } from './flow-names.ts'
import { type ProviderName, providerNames } from './providers.ts'

/** Writes the measurements as a table in Markdown, and below it the reasons of all cells that do not work. */
export function buildTable(cells: readonly Cell[]): string {
  const measured = flowNames.filter(flow => cells.some(cell => cell.flow === flow))
  const rows = measured.map(flow => row([flow, ...providerNames.map(name => mark(find(cells, flow, name)))]))
  const head = [row(['flow', ...providerNames]), row(['---', ...providerNames.map(() => '---')])]
  return [...head, ...rows, '', ...measurements(cells), '', ...reasons(cells), '', summary(cells)].join('\n')
}

const row = (columns: readonly string[]): string => `| ${columns.join(' | ')} |`

function find(cells: readonly Cell[], flow: FlowName, provider: ProviderName): Cell | undefined {
  return cells.find(cell => cell.flow === flow && cell.provider === provider)
}

function mark(cell: Cell | undefined): string {
  if (cell === undefined) return 'not run'
  if (cell.outcome === 'works') return `works, ${((cell.milliseconds ?? 0) / 1_000).toFixed(1)} s`
  if (cell.outcome === 'impossible') return 'n/a'
  return cell.outcome === 'fails' ? '**FAILS**' : cell.outcome
}

function measurements(cells: readonly Cell[]): string[] {
  const rows = cells.flatMap(({ flow, provider, measured = {} }) => {
    const figures = Object.entries(measured).map(([name, value]) => `${name}: ${value}`)
    return figures.length === 0 ? [] : [row([flow, provider, figures.join(', ')])]
  })
  return [row(['flow', 'provider', 'measured']), row(['---', '---', '---']), ...rows]
}

function reasons(cells: readonly Cell[]): string[] {
  const byReason = new Map<string, Cell[]>()
  for (const cell of cells.filter(({ detail }) => detail !== undefined)) {
    const key = `${cell.outcome}: ${cell.detail?.split('\n')[0]}`
    byReason.set(key, [...(byReason.get(key) ?? []), cell])
  }
  return [...byReason].map(
    ([reason, same]) =>
      `- ${reason} (${same.map(({ flow, provider }) => `${provider}: ${flow}`).join('; ')})`,
  )
}

function summary(cells: readonly Cell[]): string {
  const outcomes = [...new Set(cells.map(({ outcome }) => outcome))]
  const counts = outcomes.map(
    outcome => `${cells.filter(cell => cell.outcome === outcome).length} ${outcome}`,
  )
  return `${cells.length} cells: ${counts.join(', ')}.`
}
