import type { Settings } from '../relying-party/options/settings.ts'

/** What the command line reads from and writes to: the process, or a test. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Where the paths of arguments begin. */
  readonly directory: string
  /** Takes a line of the result. */
  readonly out: (line: string) => void
  /** Takes a line about what goes on, or about what went wrong. */
  readonly err: (line: string) => void
  /** Asks the person who sits there; absent where nobody does. */
  readonly ask?: ((question: string) => Promise<string>) | undefined
}

/** What one run of a command has to work with. */
export interface Call {
  /** Loads and parses the options. Rejects if they cannot be used. */
  readonly settings: () => Promise<Settings>
  /** The names of the flags that were given. */
  readonly flags: ReadonlySet<string>
  readonly terminal: Terminal
}

/** What came of a command. */
export interface Outcome {
  readonly ok: boolean
  /** For people. */
  readonly lines: readonly string[]
  /** The same for machines. */
  readonly data: object
}

/** One thing that the command line can do. */
export interface Command {
  readonly summary: string
  /** Its own flags, and what they do. */
  readonly flags: Readonly<Record<string, string>>
  readonly run: (call: Call) => Promise<Outcome>
}

/** The command line was not used as its help says. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Lines of two columns. Entries without a value are left out. */
export function buildTable(entries: Readonly<Record<string, string | undefined>>): string[] {
  const present = Object.entries(entries).filter(([, value]) => value !== undefined)
  const width = Math.max(0, ...present.map(([label]) => label.length))
  return present.map(([label, value]) => `${label.padEnd(width)}  ${value}`)
}
