import type { Store } from '../stores/store.ts'
import { OidcError } from '../vocabulary/errors.ts'
import type { Settings } from './options/settings.ts'
import { NONCE_LIFETIME, NONCE_PERIOD } from './proof-nonces.ts'

/** The proofs that were used, so that each counts once (RFC 9449 §11.1). */
export interface ProofMarks {
  /**
   * Marks a proof as used. Returns `false` if it was used before.
   *
   * @param period - That of its nonce: the mark is kept for as long as the nonce counts.
   */
  claim(id: string, period: number): Promise<boolean>
}

/** How many marks one process keeps. They take some 50 MB. */
const MOST_MARKS = 500_000

/** In a store that the replicas share, so that a proof counts once at all of them; otherwise in memory. */
export function proofMarks({ store }: Pick<Settings, 'store'>, most: number = MOST_MARKS): ProofMarks {
  if (!store.shared) return marksInMemory(most)
  const options = { ifAbsent: true, lifetime: NONCE_LIFETIME / 1_000 } as const
  return {
    claim: async id => (await store.set(`proof:${id}`, 'used', options)) !== undefined,
  }
}

/**
 * What the log says where other processes accept the same nonces and do not see the marks; `undefined` if none do. A store in memory has no
 * other process.
 */
export function unsharedMarks({ shared, durability, location }: Store): string | undefined {
  if (shared || durability === 'process') return undefined
  return `Each process marks the DPoP proofs that were used in its own memory, because ${location} is not a store for several processes: another process with the same store accepts a proof once more, and so does this one after a restart. If the app runs in several processes, use sqliteStore(), redisStore() or postgresStore().`
}

/** Each is kept at least for as long as its nonce counts, by a clock that nobody sets. */
function marksInMemory(most: number): ProofMarks {
  const periods = new Map<number, { readonly ids: Set<string>; until: number }>()

  return {
    async claim(id, period) {
      const now = performance.now()
      for (const [known, { until }] of periods) if (until < now) periods.delete(known)
      const marks = periods.get(period) ?? { ids: new Set(), until: 0 }
      if (marks.ids.has(id)) return false
      const count = [...periods.values()].reduce((sum, { ids }) => sum + ids.size, 0)
      if (count >= most) throw overloaded(most)
      marks.ids.add(id)
      marks.until = now + NONCE_LIFETIME
      periods.set(period, marks)
      return true
    },
  }
}

function overloaded(most: number): OidcError {
  return new OidcError('ERR_OIDC_OVERLOADED', {
    message: `More than ${most} requests with proofs have arrived in three minutes. Use a store that replicas share, such as redisStore().`,
    retryAfter: NONCE_PERIOD / 1_000,
  })
}
