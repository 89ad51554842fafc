import { MemoryStore, type SessionData } from 'express-session'
import { memoryStore, type Store } from '../../../src/index.ts'
import { changeRow } from '../login-text.ts'

const ADDED = 'what a later release adds'

/** What the stores of an app hold, if a replica of a later release has written it: each record says more than this release knows. */
export interface LaterRelease {
  readonly store: Store
  readonly sessions: MemoryStore
  /** The keys of records that were read with more, and written back with less. */
  readonly lost: () => readonly string[]
  /** The beginnings of the keys that were read with more. */
  readonly kinds: () => readonly string[]
}

export function laterRelease(): LaterRelease {
  const inner = memoryStore()
  const read = new Set<string>()
  const lost = new Set<string>()
  const store: Store = {
    ...inner,
    async get(key) {
      const stored = await inner.get(key)
      if (!stored) return undefined
      const value = addTo(stored.value)
      if (value !== stored.value) read.add(key)
      return { ...stored, value }
    },
    set(key, value, options) {
      if (read.has(key) && value.startsWith('{') && !value.includes(ADDED)) lost.add(key)
      return inner.set(key, value, options)
    },
  }
  return {
    store,
    sessions: new LaterSessions(),
    lost: () => [...lost],
    kinds: () => [...new Set([...read].map(key => key.replace(/:.*/, '')))].sort(),
  }
}

/** Members of an object, and of the client in it; values of the rows in a list of lists. Other texts stay as they are. */
function addTo(text: string): string {
  if (text.startsWith('[')) return JSON.stringify(addToRows(JSON.parse(text)))
  if (!text.startsWith('{')) return text
  const record = { ...JSON.parse(text), later: ADDED }
  const { current } = record
  return JSON.stringify(current ? { ...record, current: { ...current, later: ADDED } } : record)
}

function addToRows(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  const isRow = value.length > 0 && !Array.isArray(value[0])
  return isRow ? [...value, ADDED] : value.map(addToRows)
}

/** Logins in sessions say more, too. */
class LaterSessions extends MemoryStore {
  override get(id: string, done: (error: unknown, session?: SessionData | null) => void): void {
    super.get(id, (error: unknown, found) => {
      const oidc = found?.oidc && changeRow(found.oidc, row => [...row, ADDED])
      done(error, found && oidc ? { ...found, oidc } : found)
    })
  }
}
