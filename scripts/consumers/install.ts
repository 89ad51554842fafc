import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../command.ts'
import { root } from '../pack.ts'
import type { Consumer } from './projects.ts'

/** A consumer in its own folder, ready to run. */
export interface InstalledConsumer {
  readonly folder: string
  /** The file that Node.js runs. */
  readonly program: string
  /** The packages that the library adds, including itself. */
  readonly added: readonly string[]
  /** The versions of the packages that its name mentions. */
  readonly versions: Readonly<Record<string, string>>
}

const SHOWN = ['express', 'typescript', 'passport']
const MOST_ADDED = 4

/** Creates a project in a new folder, adds the packed library to it as a user does, and compiles it. */
export async function installConsumer(
  consumer: Consumer,
  folder: string,
  tarball: string,
): Promise<InstalledConsumer> {
  await mkdir(folder)
  const type = consumer.isCommonJs ? 'commonjs' : 'module'
  const manifest = { private: true, type, dependencies: consumer.dependencies }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2))
  await copyFile(join(root, 'test/consumers', consumer.program), join(folder, consumer.program))

  const before = await npmInstall(folder)
  const after = await npmInstall(folder, tarball)
  const added = [...after.keys()].filter(name => !before.has(name))
  if (added.length > MOST_ADDED)
    throw new Error(`The library adds ${added.length} packages, more than ${MOST_ADDED}: ${added.join(', ')}`)

  if (consumer.compilerOptions) await compile(folder, consumer.compilerOptions)
  const program = consumer.compilerOptions
    ? join('built', consumer.program.replace(/\.ts$/, '.js'))
    : consumer.program
  const versions = Object.fromEntries([...after].filter(([name]) => SHOWN.includes(name)))
  return { folder, program, added, versions }
}

/** Returns the installed packages, nested ones by their path, with their versions. */
async function npmInstall(folder: string, ...packages: string[]): Promise<Map<string, string>> {
  const flags = ['--prefer-offline', '--no-audit', '--no-fund']
  await run('npm', ['install', ...flags, ...packages], { cwd: folder })
  const lock: { readonly packages: Readonly<Record<string, { readonly version: string }>> } = JSON.parse(
    await readFile(join(folder, 'node_modules', '.package-lock.json'), 'utf8'),
  )
  const path = (name: string) => name.replace(/^node_modules\//, '')
  return new Map(Object.entries(lock.packages).map(([name, { version }]) => [path(name), version]))
}

/** Compiles the program, and the type tests with the types of this project. */
async function compile(folder: string, compilerOptions: Readonly<Record<string, unknown>>): Promise<void> {
  await cp(join(root, 'test/types'), join(folder, 'types'), {
    recursive: true,
    filter: path => !path.endsWith('with-supertest'), // the consumers do not have it
  })
  const config = { compilerOptions, include: ['*.ts', 'types'] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config, null, 2))
  await run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc')], { cwd: folder })
}
