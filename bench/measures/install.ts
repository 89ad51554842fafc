import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../scripts/command.ts'
import { packLibrary } from '../../scripts/pack.ts'
import { folder } from '../harness/install.ts'
import { inTurn } from '../harness/side-by-side.ts'
import type { Peer } from '../peers.ts'
import type { Measure } from './measure.ts'

interface Installed {
  readonly packages: number
  readonly bytes: number
}

/** What `npm install` adds to express and express-session. Variants of an app have the same packages, which are installed once. */
export const install: Measure = {
  columns: { packages: { title: 'packages', digits: 0 }, size: { title: 'on disk, MB', digits: 1 } },
  seconds: peers => peers * 8,
  async run(peers, _conditions, report) {
    const known = new Map<string, Promise<Installed>>()
    await inTurn(peers, 1, peer =>
      report(peer, async () => {
        const name = peer.packages.join()
        const added = known.get(name) ?? installedBy(peer)
        known.set(name, added)
        const { packages, bytes } = await added
        return { packages, size: bytes / 2 ** 20 }
      }),
    )
  },
}

async function installedBy(peer: Peer): Promise<Installed> {
  const place = await mkdtemp(join(tmpdir(), 'bench-install-'))
  try {
    await writeFile(join(place, 'package.json'), '{ "private": true }')
    const before = await npmInstall(place, await versioned(['express', 'express-session']))
    const isLibrary = peer.packages.includes('express-oidc-rp')
    const wanted = isLibrary ? [(await packLibrary(place)).file] : await versioned(peer.packages)
    const after = await npmInstall(place, wanted)
    return { packages: after.packages - before.packages, bytes: after.bytes - before.bytes }
  } finally {
    await rm(place, { recursive: true, force: true })
  }
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
