import type { TroubleRow } from './row.ts'

const HEAD = ['what was wrong', 'what the user saw', 'what the log said', 'status', 'code', 'redirects']

/** Writes rows as a table in Markdown. Ports differ from run to run, so they are left out. */
export function buildTable(rows: readonly TroubleRow[]): string {
  const lines = rows.map(({ wrong, saw, logged, status, code, redirects }) =>
    row([wrong, saw, logged.join('<br>') || 'nothing', status, code && `\`${code}\``, redirects]),
  )
  return [row(HEAD), row(HEAD.map(() => '---')), ...lines, '', `${rows.length} rows.`].join('\n')
}

function row(columns: readonly (string | number | undefined)[]): string {
  return `| ${columns.map(column => inCell(String(column ?? '–'))).join(' | ')} |`
}

function inCell(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .replace(/(localhost|127\.0\.0\.1):\d+/g, '$1')
}
