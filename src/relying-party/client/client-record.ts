import { createHash } from 'node:crypto'
import { OidcError } from '../../vocabulary/errors.ts'
import type { ClientInformation, ClientMetadata, JsonWebKey } from '../../vocabulary/oauth2-client.ts'
import type { Settings } from '../options/settings.ts'

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

/** A public key of ours that is registered until no replica can use it any more. */
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

/** What the store keeps about this app at one provider. */
export interface ClientRecord {
  readonly format: 1
  /** Grows with every change, so that a replica sees when its copy is newer than what a store was restored to. */
  readonly revision?: number
  readonly issuer: string
  readonly name: string
  readonly current?: GrantedClient
  readonly retiring?: readonly RetiringClient[]
  readonly pending?: PendingRegistration
  /** Registrations that were begun and did not succeed, in a row. */
  readonly failures?: number
  /** What was asked for before, so that a replica of an older release does not put it back. */
  readonly superseded?: readonly { readonly asked: string; readonly at: number }[]
  /** Whether the provider refused to change a secret, so that it is not asked again. */
  readonly keepsSecret?: boolean
  /** When clients were registered to take the place of ones that were gone: at most a few a day. */
  readonly healedAt?: readonly number[]
}

/** A record with the version under which the store holds it. */
export interface StoredClientRecord {
  readonly record: ClientRecord
  readonly version: string | undefined
}

/** Names a set of client metadata. The order of members and the keys, which are ours, make no difference. */
export function buildAskedHash({ jwks: _, ...asked }: ClientMetadata): string {
  return digest(JSON.stringify(Object.entries(asked).sort(([a], [b]) => (a < b ? -1 : 1))))
}

/** Reads the record of this app's client; an empty one if there is none. */
export async function readClientRecord(settings: Settings): Promise<StoredClientRecord> {
  const { store, name, issuer } = settings
  const stored = await store.get(recordKey('client', settings))
  if (!stored) return { record: { format: 1, issuer, name }, version: undefined }
  const record = parseRecord(stored.value)
  if (record?.issuer === issuer) return { record, version: stored.version }
  throw new OidcError('ERR_OIDC_STORE_CORRUPT', {
    message: `The client record "${name}" in ${store.location} cannot be read. Restore it from a backup, or remove it to register anew.`,
  })
}

/**
 * Changes the record. The change is computed anew if another writer comes first, so that nothing of his is lost; it
 * returns `undefined` where there is nothing to change any more.
 */
export async function changeClientRecord(
  settings: Settings,
  change: (record: ClientRecord) => ClientRecord | undefined,
): Promise<ClientRecord> {
  for (;;) {
    const { record, version } = await readClientRecord(settings)
    const changed = change(record)
    if (changed === undefined) return record
    const condition = version === undefined ? { ifAbsent: true as const } : { ifVersion: version }
    const revised = { ...changed, revision: Math.max(record.revision ?? 0, changed.revision ?? 0) + 1 }
    const key = recordKey('client', settings)
    if ((await settings.store.set(key, JSON.stringify(revised), condition)) !== undefined) return revised
  }
}

/** Under which key the record is, or the lease whose holder alone may ask the provider to change something. */
export function recordKey(kind: 'client' | 'lease', { issuer, name }: Settings): string {
  return `${kind}:${digest(issuer)}:${name}`
}

function parseRecord(value: string): ClientRecord | undefined {
  try {
    const parsed: unknown = JSON.parse(value)
    return isRecord(parsed) ? parsed : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function isRecord(value: unknown): value is ClientRecord {
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== 1) return false
  const { current } = value as Partial<ClientRecord>
  return current === undefined || typeof current?.clientId === 'string'
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}
