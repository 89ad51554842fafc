import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Command, UsageError } from './command.ts'
import { commands } from './commands/commands.ts'
import { commandHelp, generalHelp } from './help.ts'
import { packageFolder } from './package-folder.ts'

/** A parsed command line. */
export interface Arguments {
  readonly help?: never
  readonly command: Command
  /** Values by the name of the flag; `''` for one that takes none. */
  readonly flags: ReadonlyMap<string, string>
  /** The argument after the command, if it takes one. */
  readonly argument: string | undefined
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
  const options = { ...common, ...Object.assign({}, ...Object.values(commands).map(flagOptions)) }
  const { values, positionals } = parseArgs({
    args: [...argv],
    options,
    allowPositionals: true,
    strict: false,
  })
  if (values['version'] === true) return { help: packageVersion() }
  if (values['help'] === true && isGroup(positionals.join(' '))) return { help: generalHelp() }
  const name = commandName(positionals)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw wrongCommand(argv, positionals)
  if (values['help'] === true) return { help: commandHelp(name, command) }
  return { command, ...parseFlags(argv, name, command) }
}

/** The words before the argument, if the command takes one. */
function commandName([first = '', ...words]: readonly string[]): string {
  const takesArgument = Object.hasOwn(commands, first) && commands[first]?.argument !== undefined
  return takesArgument ? first : [first, ...words].join(' ')
}

function parseFlags(
  argv: readonly string[],
  name: string,
  command: Command,
): Pick<Arguments, 'flags' | 'argument' | 'config' | 'envFiles'> {
  try {
    const options = { ...common, ...flagOptions(command) }
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true })
    const { config, 'env-file': envFiles = [], ...rest } = values
    if (command.takesOptions === false && (config !== undefined || envFiles.length > 0))
      throw new UsageError(`"${name}" reads no options, so it takes neither --config nor --env-file.`)
    if (config === '') throw new UsageError('--config needs the name of a file.')
    if (envFiles.includes('')) throw new UsageError('--env-file needs the name of a file.')
    const flags = new Map(Object.entries(rest).map(([flag, value]) => [flag, textOf(value)]))
    return { config, envFiles, flags, argument: argumentOf(name, command, positionals) }
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof TypeError)) throw error
    const [sentence = ''] = error.message.split('. ')
    throw new UsageError(`${sentence.replace(/\.$/, '')}. See: express-oidc-rp ${name} --help`)
  }
}

/** The flags of a command for `parseArgs()`. */
function flagOptions({ flags }: Command): Record<string, { readonly type: 'boolean' | 'string' }> {
  const entries = Object.keys(flags).map(flag => flag.split(' '))
  return Object.fromEntries(
    entries.map(([name = '', value]) => [name, { type: value === undefined ? 'boolean' : 'string' }]),
  )
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function argumentOf(name: string, { argument }: Command, positionals: readonly string[]): string | undefined {
  if (argument === undefined) return undefined
  const words = positionals.slice(name.split(' ').length)
  if (words.length === 1 && words[0] !== '') return words[0]
  const found = words.length > 1 ? `, not ${words.map(word => `"${word}"`).join(' ')}` : ''
  throw new UsageError(`"${name}" needs one ${argument}${found}. See: express-oidc-rp ${name} --help`)
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

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'))
  return String(version)
}
