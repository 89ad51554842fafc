import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { inject } from 'vitest'
import { run } from '../../scripts/command.ts'
import { root } from '../../scripts/pack.ts'
import { type Child, freePort, startCommand } from '../support/processes/child.ts'

/** A copy of an example, in a folder of its own, with its own packages and the packed library. */
export interface Example {
  readonly folder: string
  /** Runs one of its npm scripts to the end. */
  readonly run: (script: string, env?: Environment) => Promise<string>
  /** Starts one of its npm scripts, and waits until the app listens. */
  readonly start: (script: string, env?: Environment) => Promise<RunningExample>
  /** Starts one of its files, and waits until the app listens. */
  readonly startFile: (file: string, env?: Environment) => Promise<RunningExample>
  readonly remove: () => Promise<void>
}

export interface RunningExample extends Child {
  readonly url: string
}

type Environment = Readonly<Record<string, string>>

/** Not of the one who runs the tests. `npm` and `node` are found where this Node.js is. */
const ENVIRONMENT = {
  PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
  BASE_URL: undefined,
  ISSUER_BASE_URL: undefined,
  OIDC_STORE: undefined,
  SESSION_SECRET: undefined,
  NODE_ENV: undefined,
}

const MADE_HERE = /\/(node_modules|\.oidc|\.redis|package-lock\.json)$/

/** Copies an example out of the repository and installs what it needs, as a stranger does. */
export async function installExample(name: string): Promise<Example> {
  const folder = await mkdtemp(join(tmpdir(), `oidc-${name}-`))
  const env = { ...process.env, ...ENVIRONMENT }
  await cp(join(root, 'examples', name), folder, { recursive: true, filter: path => !MADE_HERE.test(path) })
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', inject('tarball')]
  await run('npm', install, { cwd: folder, env })
  const running: Child[] = []
  const start = async (command: readonly string[], given: Environment = {}): Promise<RunningExample> => {
    const { PORT = String(await freePort()), ...others } = given
    const url = others['BASE_URL'] ?? `http://localhost:${PORT}`
    const child = startCommand(command, {
      cwd: folder,
      env: { ...ENVIRONMENT, PORT, BASE_URL: url, ...others },
    })
    running.push(child)
    await child.says(`The app listens on port ${PORT}.`)
    return { ...child, url }
  }
  return {
    folder,
    run: (script, given) =>
      run('npm', ['run', '--silent', script], { cwd: folder, env: { ...env, ...given } }),
    start: (script, given) => start(['npm', 'run', '--silent', script], given),
    startFile: (file, given) => start([process.execPath, file], given),
    async remove() {
      await Promise.all(running.map(child => child.stop()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
