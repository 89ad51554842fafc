import { promises as files } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { basename, dirname } from 'node:path'
import type { Mark } from './points.ts'

type Call = (...args: never[]) => Promise<unknown>

/** Lets a process die before and after each change that it makes in a folder, and in the middle of each file. */
export function markFiles(directory: string, mark: Mark): void {
  const isInside = (path: unknown): path is string =>
    typeof path === 'string' && (path === directory || dirname(path) === directory)
  const marked = (name: string, call: Call): Call =>
    async function changed(...args) {
      const path: unknown = name === 'link' ? args[1] : args[0]
      if (!isInside(path)) return call(...args)
      const what = path === directory ? 'folder' : placeOf(path)
      const place = `${name} ${what}`
      mark(`before ${place}`)
      const result = await call(...args)
      mark(`after ${place}`)
      return name === 'open' ? markedHandle(result as FileHandle, what, mark) : result
    }
  for (const name of ['mkdir', 'open', 'link', 'unlink', 'writeFile'] as const) {
    Object.assign(files, { [name]: marked(name, files[name].bind(files) as Call) })
  }
  syncBuiltinESMExports()
}

function markedHandle(handle: FileHandle, place: string, mark: Mark): FileHandle {
  const sync = handle.sync.bind(handle)
  return Object.assign(handle, {
    async sync(): Promise<void> {
      await sync()
      mark(`after sync ${place}`)
    },
    async writeFile(content: string): Promise<void> {
      const half = Math.floor(content.length / 2)
      await handle.write(content.slice(0, half))
      mark(`half of ${place}`)
      await handle.write(content.slice(half))
      mark(`all of ${place}`)
    },
  })
}

/** A path in words that are the same in each run. */
function placeOf(path: string): string {
  return basename(path)
    .replace(/^[0-9a-f-]{36}\.tmp$/, 'temporary file')
    .replace(/\.[0-9a-f]{16}\./, '.')
    .replace(/^([a-z]+)-.*?\.(\d+)\.json$/i, '$1 $2')
}
