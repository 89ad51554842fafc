import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inTime } from '../../../src/vocabulary/deadline.ts'

/** What came of an input. Whatever is neither is thrown. */
export type Outcome = 'accepted' | 'refused'

/** A property that holds for every input, whether it is accepted or refused. */
export interface Property<Input> {
  readonly inputs: fc.Arbitrary<Input>
  /** Inputs that must be accepted, so that a target which refuses everything fails. */
  readonly twins: readonly [Input, ...Input[]]
  /** How many inputs every run tries. `FUZZ` multiplies it. */
  readonly runs: number
  readonly attempt: (input: Input) => Promise<Outcome> | Outcome
}

/** Inputs of a usual run of all properties together, which `FUZZ` is compared to. */
const USUAL = 14_700
const factor = Math.max(1, Number(process.env['FUZZ'] ?? USUAL) / USUAL)
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)

/** Milliseconds after which an input counts as one that hangs. */
const DEADLINE = 30_000

const unhandled: unknown[] = []
const note = (reason: unknown): unknown => unhandled.push(reason)

/**
 * Tries a property with inputs that fast-check makes, and with its twins. Prints the seed, which `FUZZ_SEED` repeats. Fails if an
 * input throws, hangs, or leaves a rejection behind; and if no input was tried, accepted, or refused.
 */
export async function fuzz<Input>(name: string, property: Property<Input>): Promise<void> {
  const { inputs, twins, attempt } = property
  const counts = { accepted: 0, refused: 0 }
  const numRuns = Math.ceil(property.runs * factor)
  const late = (): Error => new Error(`No outcome within ${DEADLINE / 1_000} s.`)
  const begun = performance.now()

  async function attemptInTime(input: Input): Promise<Outcome> {
    const outcome = await inTime(Promise.resolve(attempt(input)), DEADLINE, late)
    if (unhandled.length > 0) throw new Error('A rejection was not handled.', { cause: unhandled.pop() })
    return outcome
  }

  process.on('unhandledRejection', note)
  try {
    for (const twin of twins) expect(await attemptInTime(twin)).toBe('accepted')
    const holds = fc.asyncProperty(inputs, async input => {
      counts[await attemptInTime(input)] += 1
    })
    await fc.assert(holds, { numRuns, seed, endOnFailure: false }).catch((error: Error) => {
      console.log(`fuzz: ${name} fails: ${error.message}`, error.cause) // at once: the others may run for hours
      throw error
    })
    await turn()
    expect(unhandled).toEqual([])
  } finally {
    process.off('unhandledRejection', note)
    const seconds = ((performance.now() - begun) / 1_000).toFixed(1)
    console.log(
      `fuzz: ${name}: ${counts.accepted} accepted, ${counts.refused} refused, seed ${seed}, ${seconds} s`,
    )
  }
  expect(counts.accepted + counts.refused).toBeGreaterThanOrEqual(property.runs)
  expect(counts.refused, 'inputs that were refused').toBeGreaterThan(0)
}

/** A test of one property that needs nothing else. */
export function fuzzTest<Input>(name: string, property: Property<Input>): void {
  test(name, { timeout: LONGEST }, () => fuzz(name, property))
}

/** Milliseconds that one property may take: with `FUZZ`, a day. */
export const LONGEST = factor > 1 ? 86_400_000 : 120_000
