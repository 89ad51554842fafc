import type { Settings } from '../options/settings.ts'
import type { ClientRecord, GrantedClient, ReadyRecord, RetiringClient } from './client-record-shape.ts'
import { endOfSessions } from './record-times.ts'
import { holds } from './retired-clients.ts'

/**
 * Compares the record in the store with the copy that this process has in use. Returns what the store should hold instead, or
 * `undefined` if the store is right.
 *
 * A store that lost its data, or was restored to an older state, gets the copy back: what the provider gave cannot be obtained
 * again. If another process has meanwhile recorded a client of its own there, its record counts, however old or new it looks,
 * so that all replicas use the same client. The clients of the copy are added to it as retiring, so that their logins go on.
 */
export function settleCopies(
  found: ClientRecord,
  copy: ReadyRecord,
  settings: Settings,
): ClientRecord | undefined {
  if (copy.id !== undefined && [found.id, ...(found.before ?? [])].includes(copy.id)) return undefined
  if (!found.current || isEarlier(found, copy)) return withWorkOf(found, copy)
  const missing = clientsOf(copy).filter(({ clientId }) =>
    clientsOf(found).every(known => known.clientId !== clientId),
  )
  if (missing.length === 0) return undefined
  const until = endOfSessions(settings)
  const healedAt = [...new Set([...(found.healedAt ?? []), ...(copy.healedAt ?? [])])].sort((a, b) => a - b)
  return {
    ...found,
    ...(healedAt.length > 0 ? { healedAt } : {}),
    retiring: [...(found.retiring ?? []), ...missing.map((client): RetiringClient => ({ until, ...client }))],
  }
}

/** Whether two are the same client with the same credentials. Generations are compared only within one client. */
export function isSameClient(one: ClientCredentials | undefined, other: ClientCredentials): boolean {
  return one?.clientId === other.clientId && one.generation === other.generation
}

type ClientCredentials = Pick<GrantedClient, 'clientId' | 'generation'>

function isEarlier({ id }: ClientRecord, { before = [] }: ReadyRecord): boolean {
  return id !== undefined && before.includes(id)
}

/**
 * A registration that another process has begun stays in the record: that process learns that it was not needed. So does a client
 * that it could not use, which is to be deleted.
 */
function withWorkOf({ pending, current, retiring = [] }: ClientRecord, copy: ReadyRecord): ClientRecord {
  const unused = current ? [] : retiring.filter(({ clientId }) => !holds(copy, clientId))
  return {
    ...copy,
    ...(pending ? { pending } : {}),
    ...(unused.length > 0 ? { retiring: [...(copy.retiring ?? []), ...unused] } : {}),
  }
}

function clientsOf({
  current,
  retiring = [],
}: ClientRecord): (GrantedClient & { readonly until?: number })[] {
  return current ? [current, ...retiring] : [...retiring]
}
