import { parseStored } from '../vocabulary/json.ts'
import type { Store } from './store.ts'

/** A record with the version under which the store holds it. */
export interface StoredRecord<Shape> {
  readonly record: Shape
  readonly version: string
}

/**
 * Reads a record, or `undefined` if there is none.
 *
 * @throws {@link OidcError} `ERR_OIDC_STORE_CORRUPT` if it is damaged.
 */
export async function readRecord<Shape>(
  store: Store,
  key: string,
  isShape: (value: unknown) => value is Shape,
): Promise<StoredRecord<Shape> | undefined> {
  const stored = await store.get(key)
  if (!stored) return undefined
  const record = parseStored(stored.value, isShape, `The record "${key}" in ${store.location}`)
  return { record, version: stored.version }
}
