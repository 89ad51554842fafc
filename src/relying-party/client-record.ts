import { createHash } from 'node:crypto'
import { OidcError } from '../vocabulary/errors.ts'
import type { ClientInformation, ClientMetadata, JsonWebKey } from '../vocabulary/oauth2-client.ts'
import type { Settings } from './settings.ts'

/** A client that the provider granted, with what it was granted for. */
export interface GrantedClient {
  /** Names what was asked for, so that a change of the options is noticed. */
  readonly asked: string
  readonly granted: ClientInformation
  /** Our private key for `private_key_jwt`. */
  readonly privateKey?: JsonWebKey
  /** ISO 8601. */
  readonly registeredAt: string
}

/** A registration that was begun. It stays in the record if its answer never came. */
export interface PendingRegistration {
  readonly asked: string
  /** The key that is registered: recorded before it is sent. */
  readonly privateKey?: JsonWebKey
  /** ISO 8601. */
  readonly begunAt: string
}

/** What the store keeps about our registration at one provider. */
export interface ClientRecord {
  readonly format: 1
  readonly issuer: string
  readonly name: string
  readonly current?: GrantedClient
  readonly pending?: PendingRegistration
}

/** A record with the version under which the store holds it. */
export interface StoredClientRecord {
  readonly record: ClientRecord
  readonly version: string
}

/** Under which key the record of this app's client is. */
function clientKey({ issuer, name }: Settings): string {
  return `client:${digest(issuer)}:${name}`
}

/** Under which key the lease is, whose holder alone may register this app. */
export function leaseKey({ issuer, name }: Settings): string {
  return `lease:${digest(issuer)}:${name}`
}

/** Names a set of client metadata. The order of members and the keys, which are ours, make no difference. */
export function buildAskedHash({ jwks: _, ...asked }: ClientMetadata): string {
  return digest(JSON.stringify(Object.entries(asked).sort(([a], [b]) => (a < b ? -1 : 1))))
}

/** Reads the record of this app's client, if there is one. */
export async function readClientRecord(settings: Settings): Promise<StoredClientRecord | undefined> {
  const { store, name, issuer } = settings
  const stored = await store.get(clientKey(settings))
  if (!stored) return undefined
  const record = parseRecord(stored.value)
  if (record?.issuer === issuer) return { record, version: stored.version }
  throw new OidcError('ERR_OIDC_STORE_CORRUPT', {
    message: `The client record "${name}" in ${store.location} cannot be read. Restore it from a backup, or remove it to register anew.`,
  })
}

/** Writes a record in the place of the one that was read. Returns its version, or `undefined` if another writer came first. */
export function writeClientRecord(
  settings: Settings,
  record: ClientRecord,
  replaced: string | undefined,
): Promise<string | undefined> {
  const condition = replaced === undefined ? { ifAbsent: true as const } : { ifVersion: replaced }
  return settings.store.set(clientKey(settings), JSON.stringify(record), condition)
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
  return current === undefined || typeof current?.granted?.client_id === 'string'
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}
