import { basename, resolve } from 'node:path'
import { type Command, type CommandContext, type Outcome, UsageError } from '../command.ts'
import { entriesOf, writeNewFolder } from '../new-folder.ts'
import { readStarter, starters } from '../starter.ts'

const DEFAULT_EXAMPLE = 'basic'
const DEFAULT_PORT = 3_000

/** Ports above this one are those of outgoing connections on some systems, and a starter may need several. */
const LAST_PORT = 65_000

/** Longer names are refused by npm. */
const LONGEST_NAME = 214

/** Copies a starter out of this package into a new folder. */
export const newApp: Command = {
  summary: 'create an app that signs users in, from one of the examples',
  argument: 'DIRECTORY',
  takesOptions: false,
  flags: {
    'example NAME': `${starters.join(', ')}; ${DEFAULT_EXAMPLE} by default`,
    'port PORT': `the port of the app; ${DEFAULT_PORT} by default`,
  },
  async run({ argument = '', flags, terminal }: CommandContext): Promise<Outcome> {
    const example = verifyExample(flags.get('example') ?? DEFAULT_EXAMPLE)
    const port = verifyPort(flags.get('port') ?? String(DEFAULT_PORT))
    const directory = resolve(terminal.directory, argument)
    const name = verifyName(basename(directory))
    await verifyEmpty(directory)
    const { files, start, nodeVersions } = await readStarter(example, { name, port })
    await writeNewFolder(directory, files)
    const install = 'npm install'
    const next = [directory === terminal.directory ? install : `cd ${quoted(argument)} && ${install}`, start]
    const lines = [
      `Created ${name} from the example ${example}, in ${directory}. Next:`,
      ...next.map(line => `  ${line}`),
    ]
    if (files.has('tsconfig.json') && !process.features.typescript)
      terminal.err(
        `This Node.js (${process.version}) does not run TypeScript. The app needs Node.js ${nodeVersions}; the example javascript also runs on older ones.`,
      )
    return { ok: true, lines, data: { directory, name, example, port, next } }
  },
}

function verifyExample(example: string): string {
  if (starters.includes(example)) return example
  throw new UsageError(
    `--example must be the name of an example, and there is none with the name "${example}". Use one of: ${starters.join(', ')}.`,
  )
}

function verifyPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port >= 1 && port <= LAST_PORT) return port
  throw new UsageError(`--port must be a whole number from 1 to ${LAST_PORT}, not "${text}".`)
}

/** The folder's name becomes the name of the package. */
function verifyName(name: string): string {
  if (isPackageName(name)) return name
  const suggestion = name
    .toLowerCase()
    .replace(/[^a-z0-9._~-]+/g, '-')
    .replace(/^[^a-z0-9]+|-+$/g, '')
    .slice(0, LONGEST_NAME)
  const fix = isPackageName(suggestion) ? suggestion : 'my-app'
  throw new UsageError(
    `DIRECTORY must end in a name that npm accepts for a package, and "${name}" is not one: only lower-case letters, digits, and inside it - . _ ~, at most ${LONGEST_NAME} characters. Use a name such as ${fix}.`,
  )
}

function isPackageName(name: string): boolean {
  return /^[a-z0-9][a-z0-9._~-]*$/.test(name) && name.length <= LONGEST_NAME && name !== 'node_modules'
}

async function verifyEmpty(directory: string): Promise<void> {
  const entries = await entriesOf(directory).catch(() => {
    throw new UsageError(
      `DIRECTORY must be a folder that can be read, and ${directory} is not one. Use another name.`,
    )
  })
  if (!entries?.[0]) return
  throw new UsageError(
    `DIRECTORY must be new or empty, and ${directory} contains ${entries.length === 1 ? '' : `${entries.length} entries, such as `}"${entries[0]}". Use another name, or empty the folder first.`,
  )
}

/** An argument as it is typed in a shell, which must not take part of it for a command, a variable or a home folder. */
function quoted(argument: string): string {
  if (/^[\w./:@-]+$/.test(argument)) return argument
  return process.platform === 'win32' ? `"${argument}"` : `'${argument.replaceAll("'", String.raw`'\''`)}'`
}
