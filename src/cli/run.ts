import { buildSettings } from '../relying-party/options/settings.ts'
import { type Outcome, type Terminal, UsageError } from './command.ts'
import { type Config, loadConfig } from './config-module.ts'
import { loadEnvFiles } from './env-file.ts'
import { type Failure, failureOf, sentenceOf } from './format.ts'
import { type Arguments, parseArguments } from './parse-arguments.ts'

/** Milliseconds that the config module has to close what it opened. */
const CLOSE_TIMEOUT = 2_000

/**
 * Runs a command.
 *
 * @returns The exit code: 0 for success, 1 if an operation or a check failed, 2 for wrong usage.
 */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const json = argv.includes('--json')
  try {
    const parsed = parseArguments(argv)
    if (parsed.help !== undefined) {
      terminal.out(parsed.help)
      return 0
    }
    const outcome = await runCommand(parsed, terminal)
    if (json) terminal.out(JSON.stringify(outcome.data, undefined, 2))
    else for (const line of outcome.lines) terminal.out(printable(line))
    return outcome.ok ? 0 : 1
  } catch (error) {
    const failure = failureOf(error)
    if (json) terminal.out(JSON.stringify({ error: failure }, undefined, 2))
    else printFailure(failure, terminal)
    return error instanceof UsageError ? 2 : 1
  }
}

/** Loads the options once, when the command asks for them, and closes what their module opened when the command ends. */
async function runCommand(
  { command, flags, argument, config, envFiles }: Arguments,
  terminal: Terminal,
): Promise<Outcome> {
  let loading: Promise<Config> | undefined
  const settings = async () => {
    loading ??= load(config, envFiles, terminal)
    const log = (sentence: string): void => terminal.err(printable(sentence))
    const { options } = await loading
    const given = typeof options === 'object' && options !== null ? { ...options, log } : options
    return buildSettings(given, terminal.environment)
  }
  try {
    return await command.run({ settings, flags, argument, terminal })
  } finally {
    const config = await loading?.catch(() => undefined) // loading failed, which has been reported
    await config
      ?.close(CLOSE_TIMEOUT)
      .catch(error => terminal.err(printable(`close(): ${sentenceOf(error)}`)))
  }
}

async function load(
  config: string | undefined,
  envFiles: readonly string[],
  terminal: Terminal,
): Promise<Config> {
  loadEnvFiles(envFiles, terminal)
  return loadConfig(config, terminal.directory)
}

/** A help text has several lines, every other message has one. */
function printFailure({ message, code }: Failure, terminal: Terminal): void {
  const lines = message.split('\n')
  for (const line of code ? [`${message} (${code})`] : lines) terminal.err(printable(line))
}

/** Text from a provider or a module must not control the terminal. */
function printable(line: string): string {
  return line.replace(/\p{Cc}+/gu, ' ')
}
