import fs from 'node:fs'
import { join } from 'node:path'
import { OidcError } from '../../vocabulary/errors.ts'

/** Milliseconds after which a temporary file must have been left behind by a process that has ended. */
const LEFTOVER_AGE = 60_000

/**
 * Makes sure that a folder exists, that it belongs to the user who runs the app, that no other user can read or write
 * in it, and that git ignores it.
 */
export async function openDirectory(directory: string): Promise<void> {
  await fs.promises.mkdir(directory, { recursive: true, mode: 0o700 })
  await refuseForeign(directory)
  await refuseOccupied(directory)
  await fs.promises
    .writeFile(join(directory, '.gitignore'), '*\n', { mode: 0o600, flag: 'wx' })
    .catch(error => {
      if (error.code !== 'EEXIST') throw error
    })
  await removeLeftovers(directory)
}

/** Makes the names in a folder durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await fs.promises.open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function refuseForeign(directory: string): Promise<void> {
  const { mode, uid } = await fs.promises
    .lstat(directory)
    .then(own => (own.isDirectory() ? own : refuse(directory, 'is a link')))
  if (process.getuid === undefined) return
  if (uid !== process.getuid()) refuse(directory, 'belongs to another user')
  if (mode & 0o077) await fs.promises.chmod(directory, 0o700)
}

/** Records and copies of them, temporary files, and the `.gitignore`. */
function isOurs(name: string): boolean {
  return name === '.gitignore' || /\.[0-9a-f]{16}\./.test(name) || name.endsWith('.tmp')
}

/** A folder with other content must not be made private or hidden from git. */
async function refuseOccupied(directory: string): Promise<void> {
  const foreign = (await fs.promises.readdir(directory)).find(name => !isOurs(name))
  if (foreign !== undefined) refuse(directory, `holds other things, such as ${foreign}`)
}

function refuse(directory: string, reason: string): never {
  throw new OidcError('ERR_OIDC_STORE_UNAVAILABLE', {
    message: `The folder ${directory} ${reason}. Client credentials need a folder of their own that belongs to the user who runs the app: name a different one in OIDC_STORE, or correct this one.`,
  })
}

async function removeLeftovers(directory: string): Promise<void> {
  const leftovers = (await fs.promises.readdir(directory)).filter(name => name.endsWith('.tmp'))
  for (const name of leftovers) {
    const path = join(directory, name)
    const age = await fs.promises.stat(path).then(
      found => Date.now() - found.mtimeMs,
      () => 0, // another process has removed it
    )
    if (age > LEFTOVER_AGE) await fs.promises.unlink(path).catch(() => undefined) // another process has removed it
  }
}
