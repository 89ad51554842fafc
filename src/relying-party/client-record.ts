import { createHash } from 'node:crypto'
import type { Store } from '../stores/store.ts'
import type { ClientInformation, ClientMetadata } from '../vocabulary/client-metadata.ts'
import { OidcError } from '../vocabulary/errors.ts'
import type { Settings } from './settings.ts'

/** What the store keeps about our registration at one provider. */
export interface ClientRecord {
  readonly format: 1
  readonly issuer: string
  readonly name: string
  /** Names what was asked for, so that a change of the options is noticed. */
  readonly asked: string
  readonly granted: ClientInformation
  /** ISO 8601. */
  readonly registeredAt: string
}

/** A record with the version under which the store holds it. */
export interface StoredClientRecord {
  readonly record: ClientRecord
  readonly version: string
}

/** Under which key the record of this app's client is. */
export function clientKey({ issuer, name }: Settings): string {
  return `client:${digest(issuer)}:${name}`
}

/** Names a set of client metadata. */
export function buildAskedHash(asked: ClientMetadata): string {
  return digest(JSON.stringify(asked, Object.keys(asked).sort()))
}

/** Reads the record of this app's client, if there is one. */
export async function readClientRecord(
  store: Store,
  settings: Settings,
): Promise<StoredClientRecord | undefined> {
  const stored = await store.get(clientKey(settings))
  if (!stored) return undefined
  const record = parseRecord(stored.value)
  if (record?.issuer === settings.issuer && typeof record.granted?.client_id === 'string') {
    return { record, version: stored.version }
  }
  throw new OidcError('ERR_OIDC_STORE_CORRUPT', {
    message: `The client record "${settings.name}" in ${store.location} cannot be read. Restore it from a backup, or remove it to register anew.`,
  })
}

function parseRecord(value: string): ClientRecord | undefined {
  try {
    const parsed: unknown = JSON.parse(value)
    return typeof parsed === 'object' && parsed !== null && 'format' in parsed && parsed.format === 1
      ? (parsed as ClientRecord)
      : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}
