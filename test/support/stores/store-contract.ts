import { describe, expect, test } from 'vitest'
import type { Store } from '../../../src/index.ts'
import * as testing from '../../../src/testing/store-contract.ts'

/** The promises of the `Store` interface, as tests of Vitest. Every store of this library must pass. */
export function storeContract(
  name: string,
  makeStore: () => Store | Promise<Store>,
  options: Pick<testing.StoreContractOptions, 'prefix'> = {},
): void {
  const checked = (promise: string, check: () => Promise<void>): void =>
    test(promise, async () => expect(await check()).toBeUndefined()) // it asserts with node:assert
  testing.storeContract({ describe, test: checked }, makeStore, { ...options, name })
}
