import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readlink, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { codeOf, unwritableFolder } from './unwritable-folder.ts'

/**
 * Writes files into a folder that does not exist or is empty. They are written beside their place first and then moved, so a
 * failure leaves nothing behind, and nothing is overwritten.
 */
export async function writeNewFolder(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  const exists = (await entriesOf(folder)) !== undefined
  // An existing folder is kept, because it may be the working directory of a shell, or a mount.
  const place = exists ? folder : dirname(folder)
  const draft = join(place, `.${basename(folder)}-${randomUUID()}`)
  const above: string[] = []
  try {
    await makeFoldersAbove(draft, above)
    await writeFiles(draft, files)
    if (exists) await moveEntries(draft, folder)
    else await rename(draft, folder)
  } catch (error) {
    const isClean = await remove(draft)
    for (const made of above.reverse()) await rmdir(made).catch(() => undefined) // another process may use it by now
    throw unwritableFolder(folder, error, isClean ? undefined : draft)
  }
  await remove(draft)
}

/**
 * Makes the folders above that are missing, and adds them to the list, the highest first. One by one, because `recursive` of Node.js
 * hides why it failed, keeps what it made before, and never ends below `/proc`.
 */
async function makeFoldersAbove(path: string, made: string[]): Promise<void> {
  const folder = dirname(path)
  if (folder === path || (await isThere(folder))) return
  await makeFoldersAbove(folder, made)
  try {
    await mkdir(folder)
    made.push(folder)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error // another process has just made it
  }
}

/** Whether nothing is left. */
async function remove(folder: string): Promise<boolean> {
  await rm(folder, { recursive: true, force: true }).catch(() => undefined) // the answer tells
  return !(await isThere(folder))
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}

/** The names in a folder, without a repository of git, which `git init` puts there; `undefined` if there is no such folder. */
export async function entriesOf(folder: string): Promise<string[] | undefined> {
  try {
    return (await readdir(folder)).filter(name => name !== '.git')
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && !(await isLink(folder))) return undefined
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
  await mkdir(folder)
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
