import { buildSealer, buildSealingKey, isSealingKey, type Sealer } from '../protocol/sealing.ts'
import { compareAndSet, ifUnchanged } from '../stores/compare-and-set.ts'
import type { Store, StoredValue } from '../stores/store.ts'
import { OidcError } from '../vocabulary/errors.ts'
import type { Settings } from './options/settings.ts'

/** The keys that seal what a browser carries for the app. */
export interface SealingKeys {
  /**
   * The sealer with the keys that all replicas use. With `again`, they are first read from the store: before something is sealed,
   * so that the other replicas can open it, and when something cannot be opened, because another replica may have a new key.
   */
  readonly sealer: (options?: { readonly again?: boolean }) => Promise<Sealer>
  /** Makes the store and this process agree on the keys. */
  readonly agree: () => Promise<void>
}

/** How many keys are kept. There is one, unless a store has lost its data. */
const MOST_KEYS = 4

/**
 * The keys are in the store, so that a sign-in that starts at one replica, or before a restart, ends at any other. If the store
 * has lost them, the process puts its own back. If another process has made a key meanwhile, all replicas seal with that one, and
 * the others still open what they have sealed.
 */
export function sealingKeys({ store, name, digest }: Settings): SealingKeys {
  const key = keyOf(name)
  let known: { readonly keys: readonly string[]; readonly sealer: Sealer } | undefined
  let reading: Promise<Sealer> | undefined

  async function read(): Promise<Sealer> {
    const keys = await agreeOnKeys(store, key, known?.keys ?? [])
    const isSame = known?.keys.join() === keys.join()
    const sealer = isSame && known ? known.sealer : buildSealer(keys, digest)
    known = { keys, sealer }
    return sealer
  }

  function readOnce(): Promise<Sealer> {
    reading ??= read().finally(() => {
      reading = undefined // the next request tries again
    })
    return reading
  }

  return {
    async sealer({ again = false } = {}) {
      if (!known) return readOnce()
      const { sealer } = known
      return again ? readOnce().catch(() => sealer) : sealer
    },
    async agree() {
      if (known) await readOnce()
    },
  }
}

/** The sealer with the keys of the running app, for the command line. `undefined` if the store has none: none is made. */
export async function readSealer({ store, name, digest }: Settings): Promise<Sealer | undefined> {
  const key = keyOf(name)
  const stored = await store.get(key)
  return stored && buildSealer(parseKeys(store, key, stored), digest)
}

const keyOf = (name: string): string => `key:sealing:${name}`

/** Returns the keys that the store holds from now on, the one to seal with first. */
function agreeOnKeys(store: Store, key: string, own: readonly string[]): Promise<readonly string[]> {
  return compareAndSet(store, async () => {
    const stored = await store.get(key)
    const found = stored ? parseKeys(store, key, stored) : []
    const all = [...new Set([...found, ...own])].slice(0, MOST_KEYS)
    const keys = all.length > 0 ? all : [buildSealingKey()]
    if (keys.length === found.length) return { result: found }
    const version = await store.set(key, keys.join(' '), ifUnchanged(stored))
    if (version === undefined) return undefined
    if (await store.get(key)) return { result: keys }
    throw new OidcError('ERR_OIDC_STORE_UNAVAILABLE', {
      message: `${store.location} does not keep what is written to it.`,
    })
  })
}

function parseKeys({ location }: Store, key: string, { value }: StoredValue): string[] {
  const keys = value.split(' ')
  if (keys.every(isSealingKey)) return keys
  throw new OidcError('ERR_OIDC_STORE_CORRUPT', {
    message: `The sealing key "${key}" in ${location} cannot be read. Restore it from a backup, or remove it: sign-ins that are under way then start again.`,
  })
}
