import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { compareAndSet, ifUnchanged } from '../../stores/compare-and-set.ts'
import type { Lease } from '../../stores/lease.ts'
import { parseStored } from '../../vocabulary/json.ts'
import type { RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import type { Settings } from '../options/settings.ts'
import { type ClientRecord, type GrantedClient, isClientRecord } from './client-record-shape.ts'
import { believeTimes } from './record-times.ts'

/** How many earlier states a record names. */
const MOST_STATES = 64
/** How often a write of what cannot be obtained again is tried, and the milliseconds between. */
const PERSISTENCE = 8
const PERSISTENCE_PAUSE = 500

/** A record with the version under which the store holds it. */
export interface StoredClientRecord {
  readonly record: ClientRecord
  readonly version: string | undefined
}

/** Names a set of client metadata. The order of members and the keys, which are ours, make no difference. */
export function buildAskedHash({ jwks: _, ...asked }: RequestedMetadata): string {
  return digest(JSON.stringify(sorted(asked)))
}

/** The members of an object, in the order of their names. */
export function sorted(members: object): [string, unknown][] {
  return Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Reads the record of this app's client; an empty one if there is none. */
export async function readClientRecord(settings: Settings): Promise<StoredClientRecord> {
  const { store, name, issuer } = settings
  const stored = await store.get(recordKey('client', settings))
  if (!stored) return { record: { format: 1, issuer, name }, version: undefined }
  const isOwn = (value: unknown): value is ClientRecord => isClientRecord(value) && value.issuer === issuer
  const record = parseStored(stored.value, isOwn, `The client record "${name}" in ${store.location}`)
  return { record: believeTimes(record, settings), version: stored.version }
}

/**
 * Changes the record. If another writer comes first, the change is computed again from what that one wrote, so that nothing is
 * lost. `change` returns `undefined` if nothing has to be changed any more.
 */
export async function changeClientRecord(
  settings: Settings,
  change: (record: ClientRecord) => ClientRecord | undefined,
): Promise<ClientRecord> {
  const { store } = settings
  return compareAndSet(store, async () => {
    const read = await readClientRecord(settings)
    const changed = change(read.record)
    if (changed === undefined) return { result: read.record }
    const result = { ...changed, id: randomUUID(), before: statesBefore(read.record, changed) }
    const written = await store.set(recordKey('client', settings), JSON.stringify(result), ifUnchanged(read))
    return written === undefined ? undefined : { result }
  })
}

/**
 * Changes the record like {@link changeClientRecord}, and tries again for a while when the store has trouble: what the provider
 * gave cannot be obtained again.
 */
export async function persistClientRecord(
  settings: Settings,
  change: (record: ClientRecord) => ClientRecord | undefined,
): Promise<ClientRecord> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await changeClientRecord(settings, change)
    } catch (error) {
      if (attempts === PERSISTENCE) throw error
      await sleep(PERSISTENCE_PAUSE)
    }
  }
}

/** Milliseconds by which the lease is longer than a request to the provider may take. */
const LEASE_MARGIN = 10_000

/** The lease that a process holds while it has the provider change this app's client. */
export function clientLease(settings: Settings): Lease {
  return { key: recordKey('lease', settings), duration: settings.requestTimeout + LEASE_MARGIN }
}

function statesBefore(...records: readonly ClientRecord[]): string[] {
  const states = records.flatMap(({ id, before = [] }) => (id === undefined ? before : [id, ...before]))
  return [...new Set(states)].slice(0, MOST_STATES)
}

/** The key of the client record, or of the lease for changes at the provider. */
export function recordKey(
  kind: 'client' | 'lease',
  { issuer, name }: Pick<Settings, 'issuer' | 'name'>,
): string {
  return `${kind}:${digest(issuer)}:${name}`
}

/** A short name for a text, which does not reveal it. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}

/** One of the clients of a record, whether it is the current one or is retiring. */
export function clientIn(
  { current, retiring = [] }: ClientRecord,
  clientId: string,
): GrantedClient | undefined {
  return [current, ...retiring].find(client => client?.clientId === clientId)
}

/** Puts a changed client into its place in a record, whether it is the current one or is retiring. */
export function withClient(record: ClientRecord, changed: GrantedClient): ClientRecord {
  const isSame = (client: GrantedClient | undefined): boolean => client?.clientId === changed.clientId
  if (isSame(record.current)) return { ...record, current: changed }
  return {
    ...record,
    retiring: (record.retiring ?? []).map(client => (isSame(client) ? { ...client, ...changed } : client)),
  }
}
