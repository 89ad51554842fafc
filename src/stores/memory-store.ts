import { asBounded } from './guarded-store.ts'
import type { SetOptions, Store, StoredValue } from './store.ts'

/** A value as this store keeps it. Whole numbers take the least memory. */
interface Entry {
  readonly value: string
  readonly version: number
  /** In milliseconds of this process's clock; `undefined` if the value stays. */
  readonly expiresAt: number | undefined
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
    if (entry?.expiresAt === undefined || entry.expiresAt > performance.now()) return entry
    entries.delete(key)
    return undefined
  }

  function sweep(): void {
    for (let count = 0; count < SWEPT_PER_WRITE; count += 1) {
      const { done, value: key } = turn.next()
      if (done) turn = entries.keys()
      else live(key)
    }
  }

  const store = Object.freeze<Store>({
    shared: false,
    location: 'the memory of this process',
    durability: 'process',
    async get(key: string): Promise<StoredValue | undefined> {
      const entry = live(key)
      return entry && { value: entry.value, version: String(entry.version) }
    },
    async set(key: string, value: string, options: SetOptions = {}): Promise<string | undefined> {
      const entry = live(key)
      if (options.ifAbsent && entry) return undefined
      if (!isExpected(entry, options)) return undefined
      writes += 1
      sweep()
      const { lifetime } = options
      const expiresAt = lifetime === undefined ? undefined : Math.ceil(performance.now() + lifetime * 1_000)
      entries.set(entry ? key : withoutParts(key), { value, version: writes, expiresAt })
      return String(writes)
    },
    async delete(key: string, options: { readonly ifVersion?: string } = {}): Promise<boolean> {
      const entry = live(key)
      return entry !== undefined && isExpected(entry, options) && entries.delete(key)
    },
  })
  return asBounded(store)
}

function isExpected(entry: Entry | undefined, { ifVersion }: Pick<SetOptions, 'ifVersion'>): boolean {
  return ifVersion === undefined || ifVersion === (entry && String(entry.version))
}

/** The same text in one piece: a key keeps what it was joined from and cut out of, which takes as much memory again. */
function withoutParts(key: string): string {
  return Buffer.from(key).toString()
}
