import type { Ran } from '../cli/command-line.ts'
import type { TroubleRow } from './row.ts'

/** What `doctor --json` found, for the table: the person at the command line is the user, and there is no log. */
export function doctorRow(wrong: string, { out }: Ran): TroubleRow {
  const { checks }: { checks: readonly Record<string, string>[] } = JSON.parse(out)
  const saw = checks
    .filter(({ state }) => state === 'failed')
    .map(({ check, sentence, fix }) => `✗ ${check}: ${sentence} → ${fix}`)
  return { wrong, saw: saw.join(' '), logged: [], status: undefined, code: undefined }
}
