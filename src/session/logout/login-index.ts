import { randomUUID } from 'node:crypto'
import type { Settings } from '../../relying-party/options/settings.ts'
import { compareAndSet, ifUnchanged } from '../../stores/compare-and-set.ts'
import type { SetOptions, Store } from '../../stores/store.ts'
import type { StoredRecord } from '../../stores/stored-record.ts'
import type { Login } from '../login/login.ts'
import { buildKey, tenantIssuerOf } from '../login/record-keys.ts'
import {
  formatEntries,
  formatHead,
  type Head,
  type IndexEntry,
  readEntries,
  readHead,
} from './index-record.ts'
import { beganAt } from './logout-marks.ts'

/** How logins are found: by the provider's session, or by the user. */
export type IndexKind = 'sid' | 'sub'

const noLogins: Head = { entries: [], pages: [] }

/** An entry as it was read, with its page, if it is not in the head, and the head that it was found by. */
export interface FoundEntry extends IndexEntry {
  readonly page?: string
  readonly foundBy?: FoundHead
}

/** A head as it was read. */
interface FoundHead extends StoredRecord<Head> {
  readonly key: string
}

/** How many entries a record holds, so that a user with thousands of logins does not make each new one expensive. */
const PAGE_SIZE = 100

/** Adds a login to both indexes, under the session that holds it. */
export async function addToIndex(settings: Settings, login: Login, sessionId: string): Promise<IndexEntry> {
  const entry = buildEntry(settings, login, sessionId)
  await Promise.all(
    keysOf(settings, entry).map(key =>
      change(settings.store, key, head => added(settings, key, head, entry)),
    ),
  )
  return entry
}

/** Finds the logins of a session at the provider, or of a user. */
export async function findLogins(
  settings: Settings,
  kind: IndexKind,
  value: string,
  tenantIssuer?: string,
): Promise<FoundEntry[]> {
  const { store } = settings
  const key = indexKey(settings, kind, value, tenantIssuer)
  const head = await readHead(store, key)
  if (!head) return []
  const { entries, pages } = head.record
  const older = await Promise.all(
    pages.map(async ({ key: page }) => {
      const read = await readEntries(store, page)
      return read.map(entry => ({ ...entry, page }))
    }),
  )
  const now = Date.now()
  const foundBy = { ...head, key }
  return [...entries, ...older.flat()]
    .filter(({ expiresAt }) => expiresAt > now)
    .map(entry => ({ ...entry, foundBy }))
}

/**
 * Removes logins from both indexes, whichever session they are listed under. An older page is deleted once every entry on it
 * is to go; until then its entries stay, and their marks say that they have ended. The head that they were found by is not read
 * again, unless it has changed meanwhile.
 *
 * @returns The sessions that held the logins.
 */
export async function dropFromIndex(
  settings: Settings,
  ended: readonly FoundEntry[],
  kept: readonly FoundEntry[] = [],
): Promise<ReadonlySet<string>> {
  const gone = new Set(ended.map(({ loginId }) => loginId))
  const keptPages = new Set(kept.map(({ page }) => page))
  const gonePages = new Set(
    ended.flatMap(({ page }) => (page === undefined || keptPages.has(page) ? [] : [page])),
  )
  const keys = new Set(ended.flatMap(entry => keysOf(settings, entry)))
  const known = new Map(ended.flatMap(({ foundBy }) => (foundBy ? [[foundBy.key, foundBy]] : [])))
  const sessionIds = new Set<string>()
  await Promise.all(
    [...keys].map(key =>
      change(
        settings.store,
        key,
        ({ entries, pages }) => {
          for (const { loginId, sessionId } of entries) if (gone.has(loginId)) sessionIds.add(sessionId)
          return {
            entries: entries.filter(({ loginId }) => !gone.has(loginId)),
            pages: pages.filter(page => !gonePages.has(page.key)),
          }
        },
        known.get(key),
      ),
    ),
  )
  await Promise.all([...gonePages].map(key => settings.store.delete(key)))
  return sessionIds
}

/** The index entry for a login in a session. */
export function buildEntry(settings: Settings, login: Login, sessionId: string): IndexEntry {
  const { id: loginId, startedAt, claims } = login
  const { sub, sid } = claims
  const expiresAt = startedAt + settings.absoluteLifetime
  const tenantIssuer = tenantIssuerOf(settings, claims)
  const entry = {
    loginId,
    sessionId,
    sub,
    beganAt: beganAt(claims),
    startedAt,
    expiresAt,
    ...(tenantIssuer !== undefined && { tenantIssuer }),
  }
  return sid === undefined ? entry : { ...entry, sid }
}

/** A full head moves to a page of its own, under a key that no other writer uses. The page of a writer that lost expires. */
async function added(settings: Settings, key: string, head: Head, entry: IndexEntry): Promise<Head> {
  const now = Date.now()
  const isSame = (other: IndexEntry): boolean =>
    other.loginId === entry.loginId && other.sessionId === entry.sessionId // another replica may have put it back
  const entries = head.entries.filter(other => other.expiresAt > now && !isSame(other))
  const pages = head.pages.filter(({ expiresAt }) => expiresAt > now)
  if (entries.length < PAGE_SIZE) return { entries: [...entries, entry], pages }
  const page = {
    key: `${key}:${randomUUID()}`,
    expiresAt: Math.max(...entries.map(({ expiresAt }) => expiresAt)),
  }
  await settings.store.set(page.key, formatEntries(entries), { lifetime: (page.expiresAt - now) / 1_000 })
  return { entries: [entry], pages: [...pages, page] }
}

/** Changes a head by compare-and-set, from what is known of it, if anything is. It lives as long as its last login. */
async function change(
  store: Store,
  key: string,
  compute: (head: Head) => Head | Promise<Head>,
  known?: FoundHead,
): Promise<void> {
  let read: StoredRecord<Head> | undefined = known
  await compareAndSet(store, async () => {
    const stored = read ?? (await readHead(store, key))
    read = undefined
    const head = await compute(stored?.record ?? noLogins)
    const isWritten = await write(store, key, head, ifUnchanged(stored))
    return isWritten ? { result: head } : undefined
  })
}

async function write(store: Store, key: string, head: Head, condition: SetOptions): Promise<boolean> {
  const ends = [...head.entries, ...head.pages].map(({ expiresAt }) => expiresAt)
  if (ends.length === 0) return condition.ifAbsent ?? (await store.delete(key, condition))
  const lifetime = Math.max(1, Math.max(...ends) - Date.now()) / 1_000
  return (await store.set(key, formatHead(head), { ...condition, lifetime })) !== undefined
}

const indexKey = (
  settings: Settings,
  kind: IndexKind,
  value: string,
  tenantIssuer: string | undefined,
): string => buildKey(settings, 'index', kind, value, ...[tenantIssuer ?? []].flat())

function keysOf(settings: Settings, { sub, sid, tenantIssuer }: IndexEntry): string[] {
  const ofSid = sid === undefined ? [] : [indexKey(settings, 'sid', sid, tenantIssuer)]
  return [indexKey(settings, 'sub', sub, tenantIssuer), ...ofSid]
}
