import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../scripts/command.ts'
import { root } from '../../scripts/pack.ts'

/** The folder of the benchmark. */
export const folder: string = join(import.meta.dirname, '..')

/** Installs the peers if that has not been done with this lock file, and compiles the apps: they run as JavaScript, as in production. */
export async function installPeers(): Promise<void> {
  const [wanted, installed] = await Promise.all([
    lockedPackages('package-lock.json'),
    lockedPackages('node_modules/.package-lock.json'),
  ])
  if (wanted !== installed)
    await run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder })
  await run('npm', ['run', '--silent', 'build'], { cwd: root })
  await run('npm', ['exec', '--', 'tsc', '-p', 'bench'], { cwd: root })
}

/** The packages in a lock file, without the entry of the project, which only one of the two files has. */
async function lockedPackages(name: string): Promise<string> {
  const text = await readFile(join(folder, name), 'utf8').catch(() => '{}')
  const { packages = {} } = JSON.parse(text) as { packages?: Record<string, { version?: string }> }
  const versions = Object.entries(packages).filter(([path]) => path !== '')
  return JSON.stringify(versions.map(([path, { version }]) => [path, version]))
}
