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

const PURPOSE = 'dpop nonce'

/**
 * A nonce is the time, sealed with the key that all replicas have: none of them stores it, and each accepts those of the others. The
 * period that comes next counts, too, because their clocks may differ.
 */
export function proofNonces({ sealer }: Pick<SealingKeys, 'sealer'>): ProofNonces {
  let newest: { readonly period: number; readonly nonce: string } | undefined
  const periodNow = (): number => Math.floor(Date.now() / NONCE_PERIOD)
  return {
    async current() {
      const period = periodNow()
      if (newest?.period !== period) newest = { period, nonce: (await sealer()).seal(PURPOSE, { period }) }
      return newest.nonce
    },
    async periodOf(nonce) {
      const opened = typeof nonce === 'string' ? (await sealer()).open(PURPOSE, nonce) : undefined
      const period = opened?.['period']
      return typeof period === 'number' && Math.abs(period - periodNow()) <= 1 ? period : undefined
    },
  }
}
