import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { expect, inject, vi } from 'vitest'
import { run } from '../../scripts/command.ts'
import { type Child, startCommand } from '../support/processes/child.ts'
import { freePort } from '../support/processes/free-port.ts'

/** A copy of an example, in a folder of its own, with its own packages and the packed library. */
export interface Example {
  readonly folder: string
  /** Runs one of its npm scripts to the end. */
  readonly run: (script: string, env?: Environment) => Promise<string>
  /** Starts one of its npm scripts, and waits until its health check passes. */
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
export const ENVIRONMENT = {
  PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
  BASE_URL: undefined,
  ISSUER_BASE_URL: undefined,
  OIDC_STORE: undefined,
  SESSION_SECRET: undefined,
  NODE_ENV: undefined,
  PORT: undefined,
}

const STARTS_WITHIN = 30_000

/** The arguments of npm that install a package. */
export const INSTALL: readonly string[] = ['install', '--prefer-offline', '--no-audit', '--no-fund']

/** Creates an app from an example of the packed library and installs what it needs, as a stranger does. */
export async function installExample(name: string): Promise<Example> {
  const parent = await mkdtemp(join(tmpdir(), `oidc-${name}-`))
  const folder = join(parent, 'app')
  const env = { ...process.env, ...ENVIRONMENT }
  const create = ['--no-install', 'express-oidc-rp', 'new', folder, '--example', name]
  await run('npx', create, { cwd: inject('project'), env })
  await run('npm', [...INSTALL, inject('tarball')], { cwd: folder, env })
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
    async start(script, given) {
      const app = await start(['npm', 'run', '--silent', script], given)
      await vi.waitFor(async () => expect(await healthOf(app.url)).toBe(200), STARTS_WITHIN)
      return app
    },
    startFile: (file, given) => start([process.execPath, file], given),
    async remove() {
      await Promise.all(running.map(child => child.stop()))
      await rm(parent, { recursive: true, force: true })
    },
  }
}

/** What the health check of an app answers. */
export async function healthOf(url: string): Promise<number> {
  const { status } = await fetch(`${url}/healthz`)
  return status
}
