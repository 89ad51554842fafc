/** What one check found out. */
export interface Finding {
  readonly check: string
  /** `warning` is worth knowing and no failure; `skipped` could not be looked at, or does not apply. */
  readonly state: 'passed' | 'warning' | 'failed' | 'skipped'
  readonly sentence: string
  /** The line to change: an option, a variable of the environment, or a setting of the provider. */
  readonly fix?: string
}

/** All is well. */
export function passed(check: string, sentence: string): Finding {
  return { check, state: 'passed', sentence }
}

/** It works, and somebody should know. */
export function warning(check: string, sentence: string, fix: string): Finding {
  return { check, state: 'warning', sentence, fix }
}

/** Sign-in does not work, or soon will not. */
export function failed(check: string, sentence: string, fix: string): Finding {
  return { check, state: 'failed', sentence, fix }
}

/** Nothing was found out. */
export function skipped(check: string, sentence: string): Finding {
  return { check, state: 'skipped', sentence }
}

const marks = { passed: '✓', warning: '!', failed: '✗', skipped: '–' } as const

/** The lines for a person, the mends below what they mend, and the sum. */
export function findingLines(findings: readonly Finding[]): string[] {
  const width = Math.max(0, ...findings.map(({ check }) => check.length))
  const lines = findings.flatMap(({ check, state, sentence, fix }) => {
    const line = `${marks[state]} ${check.padEnd(width)}  ${sentence}`
    return fix === undefined ? [line] : [line, `${' '.repeat(width + 4)}→ ${fix}`]
  })
  return [...lines, '', sumOf(findings)]
}

function sumOf(findings: readonly Finding[]): string {
  const words = { passed: 'passed', warning: 'to know', failed: 'failed', skipped: 'not looked at' }
  const states = Object.keys(words) as Finding['state'][]
  const counts = states.map(state => ({ state, count: findings.filter(one => one.state === state).length }))
  const parts = counts.filter(({ count }) => count > 0).map(({ state, count }) => `${count} ${words[state]}`)
  return `${findings.length} ${findings.length === 1 ? 'check' : 'checks'}: ${parts.join(', ')}.`
}
