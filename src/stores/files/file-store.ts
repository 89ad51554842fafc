import { randomUUID } from 'node:crypto'
import fs from 'node:fs' // its promises are loaded by their first use, and readline with them
import { join } from 'node:path'
import type { SetOptions, Store, StoredValue } from '../store.ts'
import { sweep } from './file-sweep.ts'
import { fileName, ignoreAbsence, isCode, numbers, read, type Writing } from './file-versions.ts'
import { openDirectory, syncDirectory } from './private-directory.ts'
import { isTemporary } from './temporary-folder.ts'

/** How many predecessors each version names, by which a slow writer recognizes that its write succeeded. */
const ANCESTORS = 64

/**
 * Creates a store of files in one folder that is private to the user who runs the app, safe for several processes on
 * one machine. Each version of a key is a separate file with the next number, put in place by `link`, which fails
 * if that number is taken: the first writer wins, and a reader sees a complete version or none, even after a crash.
 */
export function fileStore(directory: string): Store {
  let opened: Promise<void> | undefined
  const ready = (): Promise<void> => {
    opened ??= openDirectory(directory).then(() => sweep(directory))
    opened.catch(() => {
      opened = undefined
    })
    return opened
  }

  async function head(key: string): Promise<{ number: number; writing: Writing | undefined }> {
    for (;;) {
      const [number = 0] = await numbers(directory, key)
      if (number === 0) return { number, writing: undefined }
      const writing = await read(directory, key, number)
      if (writing) return { number, writing }
    }
  }

  /** A slow writer may find a number free again: only versions from which the newest one descends were really written. */
  async function append(key: string, number: number, writing: Writing): Promise<boolean> {
    if (!(await linkInPlace(directory, fileName(key, number), JSON.stringify(writing)))) return false
    const { writing: newest } = await head(key)
    return newest?.id === writing.id || (newest?.before.includes(writing.id) ?? false)
  }

  async function write(
    key: string,
    change: { readonly value?: string },
    options: SetOptions,
  ): Promise<string | undefined> {
    if ((await fs.promises.readdir(directory).catch(ignoreAbsence)).length === 0) opened = undefined
    await ready()
    for (;;) {
      const { number, writing } = await head(key)
      const current = live(writing)
      if (options.ifAbsent && current) return undefined
      if (options.ifVersion !== undefined && options.ifVersion !== current?.version) return undefined
      if (!('value' in change) && !current) return undefined
      const id = randomUUID()
      const { lifetime = Number.POSITIVE_INFINITY } = options
      const expiresAt = lifetime === Number.POSITIVE_INFINITY ? undefined : Date.now() + lifetime * 1_000 // JSON has no infinity
      const before = writing ? [writing.id, ...writing.before].slice(0, ANCESTORS) : []
      if (await append(key, number + 1, { key, id, before, expiresAt, ...change })) {
        await forget(directory, key, 'value' in change ? number - 1 : number)
        return id
      }
      if (options.ifAbsent || options.ifVersion !== undefined) return undefined
    }
  }

  return Object.freeze<Store>({
    shared: false,
    location: directory,
    durability: isTemporary(directory) ? 'temporary' : 'durable',
    async get(key: string): Promise<StoredValue | undefined> {
      await ready()
      return live((await head(key)).writing)
    },
    set: (key: string, value: string, options: SetOptions = {}) => write(key, { value }, options),
    delete: async (key: string, options: { readonly ifVersion?: string } = {}) =>
      (await write(key, {}, options)) !== undefined,
  })
}

function live(writing: Writing | undefined): StoredValue | undefined {
  if (writing?.value === undefined || (writing.expiresAt ?? Number.POSITIVE_INFINITY) <= Date.now())
    return undefined
  return { value: writing.value, version: writing.id }
}

/** Writes a complete file durably and then gives it its name, unless the name is taken. */
async function linkInPlace(directory: string, name: string, content: string): Promise<boolean> {
  const temporary = join(directory, `${randomUUID()}.tmp`)
  const file = await fs.promises.open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
    await fs.promises.link(temporary, join(directory, name))
    await syncDirectory(directory)
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  } finally {
    await file.close()
    await fs.promises.unlink(temporary)
  }
}

/** Removes old versions up to a number. The one before the newest is kept for slow readers, unless the key was deleted. */
async function forget(directory: string, key: string, upTo: number): Promise<void> {
  for (const number of (await numbers(directory, key)).filter(candidate => candidate <= upTo)) {
    await fs.promises.unlink(join(directory, fileName(key, number))).catch(error => {
      if (!isCode(error, 'ENOENT')) throw error
    })
  }
}
