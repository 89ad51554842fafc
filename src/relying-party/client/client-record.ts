import { createHash, randomUUID } from 'node:crypto'
import { compareAndSet, ifUnchanged } from '../../stores/compare-and-set.ts'
import type { Lease } from '../../stores/lease.ts'
import {
  hasMembers,
  isFlag,
  isListOf,
  isNumber,
  isObject,
  isOptional,
  isText,
  parseStored,
} from '../../vocabulary/json.ts'
import type { ClientInformation, JsonWebKey, RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import type { Settings } from '../options/settings.ts'

/** How many earlier states a record names. */
const MOST_STATES = 64

/** A client that the provider granted, with what it was granted for. Times are milliseconds since 1970. */
export interface GrantedClient {
  readonly clientId: string
  /** Counts the sets of credentials of this app: grows with each registration and each rotation. */
  readonly generation: number
  /** Names what was asked for, so that a change of the options is noticed. */
  readonly asked: string
  readonly granted: ClientInformation
  readonly registeredAt: number
  /** When the credentials last changed. */
  readonly rotatedAt: number
  /** Our private key for `private_key_jwt`. */
  readonly privateKey?: JsonWebKey
  /** The key that is about to take its place: recorded before it is sent. */
  readonly nextKey?: JsonWebKey
  /** Public keys that are still registered, for replicas that sign with their private part until they read again. */
  readonly formerKeys?: readonly FormerKey[]
  /** When its registration was last repaired without success. */
  readonly repairedAt?: number
  /** The secret that is about to take the place of the granted one: recorded before it is sent. */
  readonly nextSecret?: string
}

/** One of the app's public keys. It stays registered until no replica can use it any more. */
interface FormerKey {
  readonly key: JsonWebKey
  readonly replacedAt: number
}

/** A client that new logins no longer begin with. It serves its own logins until they are over. */
export interface RetiringClient extends GrantedClient {
  readonly until: number
}

/** A registration that was begun. It stays in the record if its answer never came. */
export interface PendingRegistration {
  readonly asked: string
  /** The key that is registered: recorded before it is sent. */
  readonly privateKey?: JsonWebKey
  readonly begunAt: number
  /** The provider's answer, recorded before anything is done with it. */
  readonly granted?: ClientInformation
}

/** What was asked for until then. */
interface SupersededAsk {
  readonly asked: string
  readonly at: number
}

/** What the store keeps about this app at one provider. */
export interface ClientRecord {
  readonly format: 1
  /** Names this state of the record. It is random: a counter would start again in a store that has lost its data. */
  readonly id?: string
  /** The states that led to this one, newest first. */
  readonly before?: readonly string[]
  readonly issuer: string
  readonly name: string
  readonly current?: GrantedClient
  readonly retiring?: readonly RetiringClient[]
  readonly pending?: PendingRegistration
  /** Registrations that were begun and did not succeed, in a row. */
  readonly failures?: number
  /** What was asked for before, so that a replica of an older release does not put it back. */
  readonly superseded?: readonly SupersededAsk[]
  /** Whether the provider refused to change a secret, so that it is not asked again. */
  readonly keepsSecret?: boolean
  /** When clients were registered to take the place of ones that were gone: at most a few a day. */
  readonly healedAt?: readonly number[]
}

/** A record that holds a client. */
export type ReadyRecord = ClientRecord & { readonly current: GrantedClient }

/** Whether a record holds a client. */
export function isReady(record: ClientRecord): record is ReadyRecord {
  return record.current !== undefined
}

/** A record with the version under which the store holds it. */
export interface StoredClientRecord {
  readonly record: ClientRecord
  readonly version: string | undefined
}

/** Names a set of client metadata. The order of members and the keys, which are ours, make no difference. */
export function buildAskedHash({ jwks: _, ...asked }: RequestedMetadata): string {
  return digest(JSON.stringify(Object.entries(asked).sort(([a], [b]) => (a < b ? -1 : 1))))
}

/** Reads the record of this app's client; an empty one if there is none. */
export async function readClientRecord(settings: Settings): Promise<StoredClientRecord> {
  const { store, name, issuer } = settings
  const stored = await store.get(recordKey('client', settings))
  if (!stored) return { record: { format: 1, issuer, name }, version: undefined }
  const isOwn = (value: unknown): value is ClientRecord => isClientRecord(value) && value.issuer === issuer
  const record = parseStored(stored.value, isOwn, `The client record "${name}" in ${store.location}`)
  return { record, version: stored.version }
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

/** The lease that a process holds while it has the provider change this app's client. */
export function clientLease(settings: Settings): Lease {
  return { key: recordKey('lease', settings), duration: 15_000 }
}

function statesBefore(...records: readonly ClientRecord[]): string[] {
  const states = records.flatMap(({ id, before = [] }) => (id === undefined ? before : [id, ...before]))
  return [...new Set(states)].slice(0, MOST_STATES)
}

/** The key of the client record, or of the lease for changes at the provider. */
export function recordKey(kind: 'client' | 'lease', { issuer, name }: Settings): string {
  return `${kind}:${digest(issuer)}:${name}`
}

const isGranted = (value: unknown): boolean =>
  isObject(value) && isText(value['client_id']) && isOptional(isText)(value['client_secret'])

const grantedMembers = {
  clientId: isText,
  generation: isNumber,
  asked: isText,
  granted: isGranted,
  registeredAt: isNumber,
  rotatedAt: isNumber,
  privateKey: isOptional(isObject),
  nextKey: isOptional(isObject),
  formerKeys: isOptional(isListOf(hasMembers<FormerKey>({ key: isObject, replacedAt: isNumber }))),
  repairedAt: isOptional(isNumber),
  nextSecret: isOptional(isText),
}

const isClientRecord = hasMembers<ClientRecord>({
  format: value => value === 1,
  id: isText,
  before: isListOf(isText),
  issuer: isText,
  name: isText,
  current: isOptional(hasMembers<GrantedClient>(grantedMembers)),
  retiring: isOptional(isListOf(hasMembers<RetiringClient>({ ...grantedMembers, until: isNumber }))),
  pending: isOptional(
    hasMembers<PendingRegistration>({
      asked: isText,
      privateKey: isOptional(isObject),
      begunAt: isNumber,
      granted: isOptional(isGranted),
    }),
  ),
  failures: isOptional(isNumber),
  superseded: isOptional(isListOf(hasMembers<SupersededAsk>({ asked: isText, at: isNumber }))),
  keepsSecret: isOptional(isFlag),
  healedAt: isOptional(isListOf(isNumber)),
})

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}
