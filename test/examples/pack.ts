import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { run } from '../../scripts/command.ts'
import { packLibrary } from '../../scripts/pack.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The packed library. */
    tarball: string
    /** A folder in which it is installed, so that `npx` finds its command. */
    project: string
  }
}

/** Packs the library and installs it once, for all examples. */
export default async function pack(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'oidc-examples-'))
  const { file } = await packLibrary(folder)
  const installed = join(folder, 'project')
  await mkdir(installed)
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--prefix', installed]
  await run('npm', ['install', ...flags, file], { cwd: installed })
  project.provide('tarball', file)
  project.provide('project', installed)
  return () => rm(folder, { recursive: true })
}
