import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Command, UsageError } from './command.ts'
import { commands } from './commands/commands.ts'
import { commandHelp, generalHelp } from './help.ts'

/** A parsed command line. */
export interface Arguments {
  readonly help?: never
  readonly command: Command
  readonly flags: ReadonlySet<string>
  /** The file with the options. */
  readonly config: string | undefined
  /** Files with environment variables. A later one wins. */
  readonly envFiles: readonly string[]
}

/** A text to print instead of running a command. */
export interface Help {
  readonly help: string
}

const common = {
  config: { type: 'string' },
  'env-file': { type: 'string', multiple: true },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const

/**
 * Parses the arguments of the process.
 *
 * @throws {@link UsageError} that names the mistake and the help to read.
 */
export function parseArguments(argv: readonly string[]): Arguments | Help {
  const lenient = { args: [...argv], options: common, allowPositionals: true, strict: false } as const
  const { values, positionals } = parseArgs(lenient)
  const name = positionals.join(' ')
  if (values['version'] === true) return { help: packageVersion() }
  if (values['help'] === true && isGroup(name)) return { help: generalHelp() }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw wrongCommand(argv, positionals)
  if (values['help'] === true) return { help: commandHelp(name, command) }
  return { command, ...parseFlags(argv, name, command) }
}

function parseFlags(
  argv: readonly string[],
  name: string,
  { flags }: Command,
): Pick<Arguments, 'flags' | 'config' | 'envFiles'> {
  const own = Object.fromEntries(Object.keys(flags).map(flag => [flag, { type: 'boolean' as const }]))
  try {
    const options = { ...common, ...own }
    const { values } = parseArgs({ args: [...argv], options, allowPositionals: true })
    const { config, 'env-file': envFiles = [], ...rest } = values
    if (config === '') throw new UsageError('--config needs the name of a file.')
    if (envFiles.includes('')) throw new UsageError('--env-file needs the name of a file.')
    return { config, envFiles, flags: new Set(Object.keys(rest)) }
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof TypeError)) throw error
    const [sentence = ''] = error.message.split('. ')
    throw new UsageError(`${sentence.replace(/\.$/, '')}. See: express-oidc-rp ${name} --help`)
  }
}

/** Whether this is empty, or the first word of commands that have two. */
function isGroup(name: string): boolean {
  return name === '' || Object.keys(commands).some(command => command.startsWith(`${name} `))
}

function wrongCommand(argv: readonly string[], words: readonly string[]): UsageError {
  const name = words.join(' ')
  if (name === '') return new UsageError(generalHelp())
  const [command, found] = Object.entries(commands).find(([known]) => name.startsWith(`${known} `)) ?? []
  if (command !== undefined && found) {
    parseFlags(argv, command, found) // a misspelled flag is the reason, not its value
    return surplus(command, words.slice(command.split(' ').length))
  }
  const subcommands = Object.keys(commands).filter(known => known.startsWith(`${name} `))
  const list = (subcommands.length > 0 ? subcommands : Object.keys(commands)).join(', ')
  const problem = subcommands.length > 0 ? `"${name}" needs a subcommand` : `There is no command "${name}"`
  return new UsageError(`${problem}. The commands are: ${list}. See: express-oidc-rp --help`)
}

function surplus(command: string, words: readonly string[]): UsageError {
  const named = words.map(word => `"${word}"`).join(' ')
  return new UsageError(`"${command}" takes only flags, not ${named}. See: express-oidc-rp ${command} --help`)
}

/** The `package.json` is two folders above both this file and its build. */
function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return String(version)
}
