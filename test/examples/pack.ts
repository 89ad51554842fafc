import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { packLibrary } from '../../scripts/pack.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The packed library. */
    tarball: string
  }
}

/** Packs the library once, for all examples. */
export default async function pack(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'oidc-examples-'))
  const { file } = await packLibrary(folder)
  project.provide('tarball', file)
  return () => rm(folder, { recursive: true })
}
