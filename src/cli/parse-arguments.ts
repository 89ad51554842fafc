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
}

/** A text to print instead of running a command. */
export interface Help {
  readonly help: string
}

const common = {
  config: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
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
  if (values['help'] === true && isGroup(name)) return { help: generalHelp() }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw unknownCommand(name)
  if (values['help'] === true) return { help: commandHelp(name, command) }
  return { command, ...parseFlags(argv, name, command) }
}

function parseFlags(
  argv: readonly string[],
  name: string,
  { flags }: Command,
): Pick<Arguments, 'flags' | 'config'> {
  const own = Object.fromEntries(Object.keys(flags).map(flag => [flag, { type: 'boolean' as const }]))
  try {
    const options = { ...common, ...own }
    const { values } = parseArgs({ args: [...argv], options, allowPositionals: true })
    const { config, ...rest } = values
    if (config === '') throw new UsageError('--config needs the name of a file.')
    return { config, flags: new Set(Object.keys(rest)) }
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

function unknownCommand(name: string): UsageError {
  if (name === '') return new UsageError(generalHelp())
  const subcommands = Object.keys(commands).filter(command => command.startsWith(`${name} `))
  const known = (subcommands.length > 0 ? subcommands : Object.keys(commands)).join(', ')
  const problem = subcommands.length > 0 ? `"${name}" needs a subcommand` : `There is no command "${name}"`
  return new UsageError(`${problem}. The commands are: ${known}. See: express-oidc-rp --help`)
}
