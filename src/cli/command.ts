import type { Settings } from '../relying-party/options/settings.ts'

/** What the command line reads from and writes to: the process, or a stand-in in a test. */
export interface Terminal {
  /** The environment variables. Those of `--env-file` are added. */
  readonly environment: Record<string, string | undefined>
  /** The base of relative paths in arguments. */
  readonly directory: string
  /** Prints a line of the result. */
  readonly out: (line: string) => void
  /** Prints a line about progress or a failure. */
  readonly err: (line: string) => void
  /** Asks the user; absent if there is no terminal. */
  readonly ask?: ((question: string) => Promise<string>) | undefined
}

/** What a command has to work with. */
export interface CommandContext {
  /** Loads and checks the options. Rejects if they are invalid. */
  readonly settings: () => Promise<Settings>
  /** The flags that were given, with their values; `''` for one that takes none. */
  readonly flags: ReadonlyMap<string, string>
  /** The argument after the command, if it takes one. */
  readonly argument: string | undefined
  readonly terminal: Terminal
}

/** The result of a command. */
export interface Outcome {
  readonly ok: boolean
  /** The output for people. */
  readonly lines: readonly string[]
  /** The output of `--json`. */
  readonly data: object
}

/** A command of the command line. */
export interface Command {
  readonly summary: string
  /** The name of the argument that it needs. Without a name, it takes none. */
  readonly argument?: string
  /** `false` if it does not read the options of `relyingParty()`. */
  readonly takesOptions?: boolean
  /** Its own flags, each with a description. `port PORT` is a flag that needs a value. */
  readonly flags: Readonly<Record<string, string>>
  readonly run: (context: CommandContext) => Promise<Outcome>
}

/** Thrown for a failure that the command has put into words itself. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError'
}

/** Thrown for wrong usage, which ends with exit code 2. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError'
}
