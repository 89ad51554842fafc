import { mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { run } from './command.ts'

export interface NodeRuntime {
  readonly path: string
  /** Without the `v`. */
  readonly version: string
}

/** Finds a major version of Node.js: the running one, or one on the PATH. */
export async function findNode(major: number): Promise<NodeRuntime | undefined> {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map(folder => join(folder, 'node'))
  for (const path of new Set([process.execPath, ...onPath])) {
    const version = await versionOf(path)
    if (version?.startsWith(`${major}.`)) return { path, version }
  }
  return undefined
}

/** Installs a major version of Node.js as an npm package in a subfolder. */
export async function installNode(major: number, folder: string): Promise<NodeRuntime> {
  const cwd = join(folder, `node-${major}`)
  await mkdir(cwd)
  // An install script of the package `node` puts the binary in place, and npm 11 only runs it if that is allowed.
  const manifest = { private: true, allowScripts: { node: true }, dependencies: { node: String(major) } }
  await writeFile(join(cwd, 'package.json'), JSON.stringify(manifest))
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], { cwd })
  const path = join(cwd, 'node_modules', 'node', 'bin', 'node')
  const version = await versionOf(path)
  if (!version?.startsWith(`${major}.`)) throw new Error(`npm installed no Node.js ${major} at ${path}.`)
  return { path, version }
}

async function versionOf(path: string): Promise<string | undefined> {
  const version = await run(path, ['--version'], { cwd: '/' }).catch(() => undefined) // not installed at this path
  return version?.trim().replace(/^v/, '')
}
