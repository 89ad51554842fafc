import type { SealingKeys } from './sealing-keys.ts'

/** The nonces that callers put into their proofs, so that none is made ahead of time (RFC 9449 §11.3). */
export interface ProofNonces {
  /** The nonce for the next proof. */
  current(): Promise<string>
  /** The period of a nonce that one of the replicas has issued a moment ago, or `undefined` for any other value. */
  periodOf(nonce: unknown): Promise<number | undefined>
}

/** Milliseconds for which new nonces are the same. The one before is accepted, too. */
export const NONCE_PERIOD = 60_000

/** Milliseconds for which a nonce can count: its own period, the one before if clocks differ, and the one after. */
export const NONCE_LIFETIME = 3 * NONCE_PERIOD

const PURPOSE = 'dpop nonce'

/** Nonces that are remembered: twenty replicas make that many in a working day. They take some 2 MB. */
const MOST_SEEN = 10_000

/**
 * A nonce is the time, sealed with the key that all replicas have: none of them stores it, and each accepts those of the others. The
 * period that comes next counts, too, because their clocks may differ. A process that has seen a nonce measures its time by a clock
 * that nobody sets, or one that is set back would let proofs count again whose marks are gone.
 */
export function proofNonces({ sealer }: Pick<SealingKeys, 'sealer'>): ProofNonces {
  let newest: { readonly period: number; readonly nonce: string } | undefined
  const seen = new Map<string, number>()
  const periodNow = (): number => Math.floor(Date.now() / NONCE_PERIOD)

  /** Milliseconds since this process first saw a nonce, which is now if it never did. */
  function ageOf(nonce: string): number {
    const now = performance.now()
    const first = seen.get(nonce)
    if (first !== undefined) return now - first
    const [oldest] = seen.keys()
    if (seen.size >= MOST_SEEN && oldest !== undefined) seen.delete(oldest)
    seen.set(nonce, now)
    return 0
  }

  return {
    async current() {
      const period = periodNow()
      if (newest?.period !== period || ageOf(newest.nonce) >= NONCE_PERIOD)
        newest = { period, nonce: (await sealer()).seal(PURPOSE, { period }) }
      return newest.nonce
    },
    async periodOf(nonce) {
      if (typeof nonce !== 'string') return undefined
      const period = (await sealer()).open(PURPOSE, nonce)?.['period']
      if (typeof period !== 'number' || Math.abs(period - periodNow()) > 1) return undefined
      return ageOf(nonce) < NONCE_LIFETIME ? period : undefined
    },
  }
}
