import type { Store } from '../../../src/index.ts'

/** A store whose reads of what no record is can be broken: those that only ask whether it answers. */
export interface BreakableStore {
  readonly store: Store
  /** Replaces such reads, until `undefined` is given. */
  readonly breakWith: (read: (() => Promise<undefined>) | undefined) => void
  /** How many there were. */
  readonly reads: () => number
}

/** Wraps a store so that a test can break what the status reads, while the app goes on. */
export function breakable(inner: Store): BreakableStore {
  let broken: (() => Promise<undefined>) | undefined
  let reads = 0
  return {
    store: {
      ...inner,
      location: 'a store of the test',
      get(key) {
        if (key !== 'status-check') return inner.get(key)
        reads += 1
        return broken?.() ?? inner.get(key)
      },
    },
    breakWith: read => {
      broken = read
    },
    reads: () => reads,
  }
}
