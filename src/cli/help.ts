import type { Command } from './command.ts'
import { commands } from './commands/commands.ts'
import { buildTable } from './format.ts'

const common = {
  '--config FILE':
    'a module (js, mjs, cjs, ts) that exports the options of relyingParty(), as its default export or as "options"',
  '--env-file FILE': 'a file with environment variables; those that are already set win. Can be repeated',
  '--json': 'print the result as JSON',
  '--help': 'print this help',
}

const general = { ...common, '--version': 'print the version of express-oidc-rp' }

/** The help for the whole command line. */
export function generalHelp(): string {
  const list = Object.entries(commands).map(([name, { summary }]) => [name, summary])
  return [
    'Manages the registration of an app that uses express-oidc-rp.',
    '',
    'Usage: express-oidc-rp <command> [--config FILE] [--env-file FILE] [--json]',
    '',
    ...indented(buildTable(Object.fromEntries(list))),
    '',
    ...indented(buildTable(general)),
    '',
    ...tail,
  ].join('\n')
}

/** The help for one command. */
export function commandHelp(name: string, { summary, flags }: Command): string {
  const own = Object.fromEntries(
    Object.entries(flags).map(([flag, description]) => [`--${flag}`, description]),
  )
  return [
    `Usage: express-oidc-rp ${[name, ...Object.keys(own).map(flag => `[${flag}]`)].join(' ')} [--config FILE] [--env-file FILE] [--json]`,
    '',
    `${summary[0]?.toUpperCase()}${summary.slice(1)}.`,
    '',
    ...indented(buildTable({ ...own, ...common })),
    '',
    ...tail,
  ].join('\n')
}

const tail = [
  'Without --config, the options come from the environment (ISSUER_BASE_URL, BASE_URL, …), as they do for relyingParty(),',
  'and the registration is in the folder that OIDC_STORE names, or in .oidc.',
  'Exit codes: 0 success, 1 an operation or a check failed, 2 wrong usage.',
]

const indented = (lines: readonly string[]): string[] => lines.map(line => `  ${line}`)
