import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Terminal } from '../../../src/cli/command.ts'
import { run } from '../../../src/cli/run.ts'

/** The output and exit code of a run. */
export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs a command in this process. */
export async function runCommand(
  argv: readonly string[],
  terminal: Partial<Terminal> & Pick<Terminal, 'environment'>,
): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const code = await run(argv, {
    directory: process.cwd(),
    out: line => out.push(line),
    err: line => err.push(line),
    ...terminal,
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

/** Runs a command as users do: in a separate process, from `dist`, without a terminal. */
export async function spawnCommand(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  directory = process.cwd(),
  uid?: number,
): Promise<Ran> {
  const file = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
  const child = spawn(process.execPath, [file, ...argv], {
    cwd: directory,
    env: { ...process.env, ISSUER_BASE_URL: undefined, BASE_URL: undefined, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid }),
  })
  const output = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.err += text
  })
  const [code] = await once(child, 'close')
  return { code, ...output }
}

/** The first finding of a check of `doctor --json`. */
export function findingOf({ out }: Ran, check: string): Record<string, string> | undefined {
  return findingsOf(out).find(finding => finding['check'] === check)
}

/** The states of all checks of `doctor --json`, in order. */
export function statesOf({ out }: Ran): string[] {
  return findingsOf(out).map(({ check, state }) => `${check} ${state}`)
}

function findingsOf(out: string): Record<string, string>[] {
  return JSON.parse(out).checks
}
