import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const { XDG_CACHE_HOME = join(homedir(), '.cache') } = process.env
const root = join(XDG_CACHE_HOME, 'express-oidc-rp')

/** A server that cannot be had on this machine. The message says what to install. */
export class MissingServer extends Error {}

/** A folder in the cache, named by everything that its content depends on; it may not exist yet. */
export function cachedFolder(name: string, ...content: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256')
  for (const part of content) hash.update(part).update('\0')
  return join(root, `${name}-${hash.digest('hex').slice(0, 16)}`)
}

/** Makes a folder of the cache, unless it is there. Another run that makes it meanwhile does no harm. */
export async function makeOnce(folder: string, make: (folder: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return
  await mkdir(root, { recursive: true })
  const unfinished = await mkdtemp(`${folder}.`)
  try {
    await make(unfinished)
    await rename(unfinished, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}

/** Runs a tool to its end. A tool that is not installed is a {@link MissingServer} with this sentence. */
export async function runTool(
  [tool = '', ...args]: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv; readonly missing: string },
): Promise<void> {
  const { missing, ...rest } = options
  try {
    await execute(tool, args, { ...rest, maxBuffer: 2 ** 26 })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw new MissingServer(missing)
    throw error
  }
}
