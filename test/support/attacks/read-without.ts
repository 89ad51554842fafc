import { join } from 'node:path'
import type { Plugin } from 'vitest/config'
import type { Removal } from './attack.ts'

const root = join(import.meta.dirname, '../../..')

/** Takes lines out of files when they are loaded. The files stay as they are. */
export function readWithout(removals: readonly Removal[]): Plugin {
  const removalsIn = (id: string): readonly Removal[] =>
    removals.filter(({ file }) => join(root, file) === id)
  return {
    name: 'read-without',
    enforce: 'pre',
    transform(code, id) {
      const own = removalsIn(id)
      return own.length === 0 ? undefined : own.reduce(takeOut, code)
    },
    // Vitest keeps what it has read, and must not mistake the one for the other.
    configureVitest({ defineCacheKeyGenerator }) {
      defineCacheKeyGenerator(({ id }) => JSON.stringify(removalsIn(id)))
    },
  }
}

function takeOut(code: string, { file, text, by }: Removal): string {
  const parts = code.split(text)
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${text}`)
  return parts.join(by)
}
