import type { SetOptions, Store, StoredValue } from './store.ts'

interface Entry extends StoredValue {
  readonly expiresAt: number
}

/** How many entries each write checks for expiry. Checking all of them at once would block the process. */
const SWEPT_PER_WRITE = 2

/**
 * Creates a store in this process's memory: for tests, and for data that may be lost when the process ends.
 *
 * @example
 * ```ts
 * app.use(relyingParty({ issuer, baseUrl, store: memoryStore(), name: 'shop' }))
 * ```
 */
export function memoryStore(): Store {
  const entries = new Map<string, Entry>()
  let writes = 0
  let turn = entries.keys()

  function live(key: string): Entry | undefined {
    const entry = entries.get(key)
    if (entry && entry.expiresAt <= Date.now()) entries.delete(key)
    return entries.get(key)
  }

  function sweep(): void {
    for (let count = 0; count < SWEPT_PER_WRITE; count += 1) {
      const { done, value: key } = turn.next()
      if (done) turn = entries.keys()
      else live(key)
    }
  }

  return Object.freeze<Store>({
    shared: false,
    location: 'the memory of this process',
    durability: 'process',
    async get(key: string): Promise<StoredValue | undefined> {
      const entry = live(key)
      return entry && { value: entry.value, version: entry.version }
    },
    async set(key: string, value: string, options: SetOptions = {}): Promise<string | undefined> {
      const entry = live(key)
      if (options.ifAbsent && entry) return undefined
      if (options.ifVersion !== undefined && options.ifVersion !== entry?.version) return undefined
      writes += 1
      sweep()
      const version = String(writes)
      const { lifetime = Number.POSITIVE_INFINITY } = options
      entries.set(key, { value, version, expiresAt: Date.now() + lifetime * 1_000 })
      return version
    },
    async delete(key: string, options: { readonly ifVersion?: string } = {}): Promise<boolean> {
      const entry = live(key)
      if (!entry || (options.ifVersion !== undefined && options.ifVersion !== entry.version)) return false
      return entries.delete(key)
    },
  })
}
