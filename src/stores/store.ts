import { isAbsolute } from 'node:path'
import { withoutCredentials } from '../vocabulary/clean-words.ts'

/** A value with its version. */
export interface StoredValue {
  /** What was written. */
  readonly value: string
  /** Changes with every write; compare for equality only. */
  readonly version: string
}

/** When a {@link Store.set} takes effect, and for how long. */
export interface SetOptions {
  /** Writes only if the key has no value. */
  readonly ifAbsent?: true
  /** Writes only if the key's value still has this version. */
  readonly ifVersion?: string
  /**
   * Seconds after which the value is gone. Fractions are allowed; a store that cannot keep them rounds up. Without it, or with
   * `Infinity`, the value stays until it is deleted.
   */
  readonly lifetime?: number
}

/**
 * Stores what must outlive a request: client records, marks, tokens. Three operations, each atomic; leases and
 * compare-and-set are built on them. Keys are printable ASCII of at most 512 characters, values strings of at most 1 MiB.
 *
 * Every operation rejects if the storage fails; none waits forever.
 */
export interface Store {
  /** Reads a value, or `undefined` if there is none or its lifetime has passed. */
  get(key: string): Promise<StoredValue | undefined>
  /** Writes a value and returns its version, or `undefined` if the condition did not hold and nothing was written. */
  set(key: string, value: string, options?: SetOptions): Promise<string | undefined>
  /** Deletes a key. Returns `false` if there was nothing to delete, or the version was different. */
  delete(key: string, options?: { readonly ifVersion?: string }): Promise<boolean>
  /** Whether every replica of the app sees the same values. */
  readonly shared: boolean
  /** Where the values are, in words for an operator: a path, or an address, which is shown without its user and password. */
  readonly location: string
  /**
   * How long client records stay there, which the log tells at the start of the app. `process`: until the process ends.
   * `temporary`: until the system empties that folder. `durable`: until they are deleted. Leave it out if it is not known.
   */
  readonly durability?: 'process' | 'temporary' | 'durable'
}

/** Whether a value is a store. A `Map` has the functions, too. */
export function isStore(value: unknown): value is Store {
  if (typeof value !== 'object' || value === null) return false
  const { get, set, delete: remove, location, shared } = value as { readonly [Name in keyof Store]?: unknown }
  const hasFunctions = [get, set, remove].every(member => typeof member === 'function')
  return hasFunctions && typeof location === 'string' && typeof shared === 'boolean'
}

/**
 * What a store says about itself. A store in front of another one repeats it, and every store of an app has one in front, so no
 * password of an address gets further than here.
 */
export function describeStore({
  shared,
  location,
  durability,
}: Store): Omit<Store, 'get' | 'set' | 'delete'> {
  const shown = isAbsolute(location) ? location : withoutCredentials(location)
  return { shared, location: shown, ...(durability && { durability }) }
}
