import type { Store } from '../index.ts'
import { lifetimes, races } from './store-contract-in-time.ts'
import { basics, conditions } from './store-contract-values.ts'

/** The functions of a test runner that the suite uses. Vitest and `node:test` have both; for Mocha and Jest pass `it` as `test`. */
export interface TestRunner {
  /** Groups tests. */
  readonly describe: (name: string, suite: () => void) => unknown
  /** Defines a test. */
  readonly test: (name: string, body: () => Promise<void>) => unknown
}

/** Options of {@link storeContract}. */
export interface StoreContractOptions {
  /** The name of the store, for the title of the suite. Default `the store`. */
  readonly name?: string
  /** Begins every key, for a store that treats keys differently by their beginning. Default: none. */
  readonly prefix?: string
}

/**
 * Defines tests for every promise of the `Store` interface. Every store of this library passes them, and your own store must too.
 *
 * @param makeStore - Creates an empty store. Called for each test.
 * @example
 * ```typescript
 * import { describe, test } from 'node:test'
 * import { storeContract } from 'express-oidc-rp/testing'
 *
 * storeContract({ describe, test }, () => myStore({ folder: randomUUID() }), { name: 'myStore' })
 * ```
 */
export function storeContract(
  { describe, test }: TestRunner,
  makeStore: () => Store | Promise<Store>,
  { name = 'the store', prefix = '' }: StoreContractOptions = {},
): void {
  describe(name, () => {
    for (const [promise, check] of [...basics, ...conditions, ...lifetimes, ...races])
      test(promise, async () => check(await makeStore(), rest => prefix + rest))
  })
}
