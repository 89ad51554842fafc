import { buildSealer, buildSealingKey, isSealingKey, type Sealer } from '../protocol/sealing.ts'
import { OidcError } from '../vocabulary/errors.ts'
import type { Settings } from './options/settings.ts'

/** The key that seals what a browser carries for us. */
export interface SealingKey {
  /** Opens the key, or makes it. A failure is not remembered. */
  sealer(): Promise<Sealer>
  /** Puts a key that is in use back into a store that has lost it. */
  restore(): Promise<void>
}

/** The key is in the store, so that a sign-in begun at one replica, or before a restart, ends at any other. */
export function sealingKey({ store, name, digest }: Settings): SealingKey {
  const key = `key:sealing:${name}`
  let used: string | undefined
  let opening: Promise<Sealer> | undefined

  async function open(): Promise<Sealer> {
    await store.set(key, buildSealingKey(), { ifAbsent: true })
    const stored = await store.get(key)
    if (!stored) {
      throw new OidcError('ERR_OIDC_STORE_UNAVAILABLE', {
        message: `${store.location} does not keep what is written to it.`,
      })
    }
    if (!isSealingKey(stored.value)) {
      throw new OidcError('ERR_OIDC_STORE_CORRUPT', {
        message: `The sealing key "${key}" in ${store.location} cannot be read. Restore it from a backup, or remove it: sign-ins that are under way then start again.`,
      })
    }
    used = stored.value
    return buildSealer(stored.value, digest)
  }

  return {
    sealer() {
      opening ??= open().catch(error => {
        opening = undefined // the next request tries again
        throw error
      })
      return opening
    },
    async restore() {
      if (used !== undefined) await store.set(key, used, { ifAbsent: true })
    },
  }
}
