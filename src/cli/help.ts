import type { Command } from './command.ts'
import { commands } from './commands/commands.ts'
import { buildTable } from './format.ts'

const optionFlags = {
  '--config FILE':
    'a module (js, mjs, cjs, ts) that exports the options of relyingParty(), as its default export or as "options"',
  '--env-file FILE': 'a file with environment variables; those that are already set win. Can be repeated',
}

const outputFlags = { '--json': 'print the result as JSON', '--help': 'print this help' }

const common = { ...optionFlags, ...outputFlags }

const general = { ...common, '--version': 'print the version of express-oidc-rp' }

/** The help for the whole command line. */
export function generalHelp(): string {
  const list = Object.entries(commands).map(([name, { argument, summary }]) => [
    argument === undefined ? name : `${name} ${argument}`,
    summary,
  ])
  return [
    'Creates an app that uses express-oidc-rp, and manages its registration.',
    '',
    'Usage: express-oidc-rp <command> [--config FILE] [--env-file FILE] [--json]',
    '',
    ...indented(buildTable(Object.fromEntries(list))),
    '',
    ...indented(buildTable(general)),
    '',
    ...optionsText,
    exitCodes,
  ].join('\n')
}

/** The help for one command. */
export function commandHelp(name: string, command: Command): string {
  const { summary, argument, takesOptions = true, flags } = command
  const own = Object.fromEntries(
    Object.entries(flags).map(([flag, description]) => [`--${flag}`, description]),
  )
  const given = { ...own, ...(takesOptions ? optionFlags : {}), ...outputFlags }
  const usage = Object.keys(given).filter(flag => flag !== '--help')
  const words = [name, ...(argument === undefined ? [] : [argument]), ...usage.map(flag => `[${flag}]`)]
  return [
    `Usage: express-oidc-rp ${words.join(' ')}`,
    '',
    `${summary[0]?.toUpperCase()}${summary.slice(1)}.`,
    '',
    ...indented(buildTable(given)),
    '',
    ...(takesOptions ? optionsText : []),
    exitCodes,
  ].join('\n')
}

const optionsText = [
  'Without --config, the options come from the environment (ISSUER_BASE_URL, BASE_URL, …), as they do for relyingParty(),',
  'and the registration is in the folder that OIDC_STORE names, or in .oidc.',
]

const exitCodes = 'Exit codes: 0 success, 1 an operation or a check failed, 2 wrong usage.'

const indented = (lines: readonly string[]): string[] => lines.map(line => `  ${line}`)
