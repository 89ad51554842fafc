import type { Store } from '../index.ts'
import { lifetimes, races } from './store-contract-in-time.ts'
import { basics, conditions } from './store-contract-values.ts'

/** What the suite needs of a test runner. Vitest and `node:test` have both; for Mocha and Jest pass `it` as `test`. */
export interface TestRunner {
  readonly describe: (name: string, suite: () => void) => unknown
  readonly test: (name: string, body: () => Promise<void>) => unknown
}

/** How {@link storeContract} names its tests and its keys. */
export interface StoreContractOptions {
  /** What is tested. */
  readonly name?: string
  /** Stands before every key, for a store that treats keys differently by how they begin. */
  readonly prefix?: string
}

/**
 * Defines tests for every promise of the `Store` interface. Every store of this library passes them, and yours must.
 *
 * @param makeStore - Is called for each test, and makes a store in which no key is taken.
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
