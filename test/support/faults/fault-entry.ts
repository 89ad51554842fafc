import type { NamedTests } from '../attacks/attack.ts'

/** A fault that tests cause, or one that does not apply. */
type FaultEntry =
  | {
      readonly what: string
      readonly tests: NamedTests
      /** What lists of faults ask for and this library does otherwise, or does not test. */
      readonly differs?: string
    }
  | {
      readonly what: string
      /** A page below `docs/`, and the sentence there that says why. */
      readonly doesNotApply: { readonly page: string; readonly sentence: string }
    }

export type Faults = Readonly<Record<`R-${string}`, FaultEntry>>

/** The test that causes most faults, on each link and at each moment. */
export const everywhere: NamedTests = {
  'faults/matrix.slow.test.ts': [
    'is disturbed (%s) at each moment of its life keeps its promises, and recovers',
  ],
}
