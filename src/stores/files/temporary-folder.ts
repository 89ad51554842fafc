import { tmpdir } from 'node:os'
import { resolve, sep } from 'node:path'

/** Folders that the system empties: when it starts, or when a file has not been used for some time. */
const temporary = [tmpdir(), '/tmp', '/var/tmp', '/private/tmp', '/private/var/tmp', '/dev/shm', '/run']

/** Whether the system may delete what is in a folder. */
export function isTemporary(directory: string): boolean {
  const path = resolve(directory)
  return temporary.some(folder => path === folder || path.startsWith(folder + sep))
}
