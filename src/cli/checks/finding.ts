/** The result of one check. */
export interface Finding {
  readonly check: string
  /** `warning`: works, but needs attention. `skipped`: could not be checked, or does not apply. */
  readonly state: 'passed' | 'warning' | 'failed' | 'skipped'
  readonly sentence: string
  /** What to change: an option, an environment variable, or a setting of the provider. */
  readonly fix?: string
}

/** The check passed. */
export function passed(check: string, sentence: string): Finding {
  return { check, state: 'passed', sentence }
}

/** It works, but needs attention. */
export function warning(check: string, sentence: string, fix: string): Finding {
  return { check, state: 'warning', sentence, fix }
}

/** Sign-in does not work, or will soon stop working. */
export function failed(check: string, sentence: string, fix: string): Finding {
  return { check, state: 'failed', sentence, fix }
}

/** The check could not run, or does not apply. */
export function skipped(check: string, sentence: string): Finding {
  return { check, state: 'skipped', sentence }
}

const marks = { passed: '✓', warning: '!', failed: '✗', skipped: '–' } as const

/** The output for people: each finding with its fix below it, then a summary. */
export function findingLines(findings: readonly Finding[]): string[] {
  const width = Math.max(0, ...findings.map(({ check }) => check.length))
  const lines = findings.flatMap(({ check, state, sentence, fix }) => {
    const line = `${marks[state]} ${check.padEnd(width)}  ${sentence}`
    return fix === undefined ? [line] : [line, `${' '.repeat(width + 4)}→ ${fix}`]
  })
  return [...lines, '', summaryOf(findings)]
}

/** One sentence for each kind of result that needs attention, so that what was not checked is never taken for good. */
export function summaryOf(findings: readonly Finding[]): string {
  const namesOf = (state: Finding['state']): readonly string[] => [
    ...new Set(findings.filter(one => one.state === state).map(({ check }) => check)),
  ]
  const [failures, warnings, unknown] = [namesOf('failed'), namesOf('warning'), namesOf('skipped')]
  const all = new Set(findings.map(({ check }) => check)).size
  const checks = `${all} check${all === 1 ? '' : 's'}`
  if (failures.length + warnings.length + unknown.length === 0) return `All ${checks} passed.`
  return [
    failures.length > 0
      ? `${failures.length} of ${checks} failed: ${failures.join(', ')}.`
      : `None of ${checks} failed.`,
    ...(warnings.length > 0 ? [`Warnings: ${warnings.join(', ')}.`] : []),
    ...(unknown.length > 0 ? [`Not checked: ${unknown.join(', ')}.`] : []),
  ].join(' ')
}
