import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readlink, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * Writes files into a folder that does not exist or is empty. They are written beside their place first and then moved, so a
 * failure leaves nothing behind, and nothing is overwritten.
 */
export async function writeNewFolder(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  const exists = (await entriesOf(folder)) !== undefined
  // An existing folder is kept, because it may be the working directory of a shell, or a mount.
  const place = exists ? folder : dirname(folder)
  const draft = join(place, `.${basename(folder)}-${randomUUID()}`)
  try {
    await writeFiles(draft, files)
    if (exists) await moveEntries(draft, folder)
    else await rename(draft, folder)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** The names in a folder, without a repository of git, which `git init` puts there; `undefined` if there is no such folder. */
export async function entriesOf(folder: string): Promise<string[] | undefined> {
  try {
    return (await readdir(folder)).filter(name => name !== '.git')
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isAbsent && !(await isLink(folder))) return undefined
    throw error
  }
}

/** A link to nothing looks like nothing, but no folder can take its place. */
async function isLink(path: string): Promise<boolean> {
  return await readlink(path).then(
    () => true,
    () => false,
  )
}

async function writeFiles(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, text] of files) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text, { flag: 'wx' })
  }
}

async function moveEntries(from: string, to: string): Promise<void> {
  const moved: string[] = []
  try {
    for (const name of await readdir(from)) {
      await rename(join(from, name), join(to, name))
      moved.push(join(to, name))
    }
  } catch (error) {
    for (const path of moved) await rm(path, { recursive: true, force: true })
    throw error
  }
}
