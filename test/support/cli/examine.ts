import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test as base } from './cli.ts'
import type { Ran } from './command-line.ts'

/** A test that runs `doctor` with more options. */
export const test = base.extend('examine', ({ cli, folder }) => {
  let written = 0
  return async (options: object): Promise<Ran> => {
    const file = `oidc-${written++}.mjs` // a module is loaded once
    await writeFile(join(folder, file), `export default ${JSON.stringify(options)}`)
    return cli(`doctor --json --config ${file}`)
  }
})
