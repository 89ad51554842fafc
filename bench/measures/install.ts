import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../scripts/command.ts'
import { packLibrary } from '../../scripts/pack.ts'
import { folder } from '../harness/install.ts'
import type { Measure } from './measure.ts'

interface Installed {
  readonly packages: number
  readonly bytes: number
}

/** What `npm install` adds to express and express-session. */
export const install: Measure = {
  columns: { packages: { title: 'packages', digits: 0 }, size: { title: 'on disk, MB', digits: 1 } },
  once: true,
  async run(peer) {
    const place = await mkdtemp(join(tmpdir(), 'bench-install-'))
    try {
      await writeFile(join(place, 'package.json'), '{ "private": true }')
      const before = await npmInstall(place, await versioned(['express', 'express-session']))
      const isLibrary = peer.packages.includes('express-oidc-rp')
      const wanted = isLibrary ? [(await packLibrary(place)).file] : await versioned(peer.packages)
      const after = await npmInstall(place, wanted)
      return { packages: after.packages - before.packages, size: (after.bytes - before.bytes) / 2 ** 20 }
    } finally {
      await rm(place, { recursive: true, force: true })
    }
  },
}

async function versioned(names: readonly string[]): Promise<string[]> {
  const { dependencies } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  return names.map(name => `${name}@${dependencies[name]}`)
}

async function npmInstall(place: string, packages: readonly string[]): Promise<Installed> {
  const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts']
  await run('npm', ['install', ...flags, ...packages], { cwd: place })
  const modules = join(place, 'node_modules')
  const lock = JSON.parse(await readFile(join(modules, '.package-lock.json'), 'utf8'))
  return { packages: Object.keys(lock.packages).length, bytes: await sizeOf(modules) }
}

async function sizeOf(place: string): Promise<number> {
  const entries = await readdir(place, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile())
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
