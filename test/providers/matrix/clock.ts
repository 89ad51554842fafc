import { vi } from 'vitest'

/**
 * Sets the clock of this process, so that of the app and the browser, ahead of the provider's until the test ends, or
 * the returned function is called.
 */
export function setClockAhead(seconds: number): () => void {
  const Real = globalThis.Date
  const now = (): number => Real.now() + seconds * 1_000
  class ShiftedDate extends Real {
    constructor(...given: readonly unknown[]) {
      super(...((given.length === 0 ? [now()] : given) as [number]))
    }

    static override now(): number {
      return now()
    }
  }
  vi.stubGlobal('Date', ShiftedDate)
  return () => void vi.unstubAllGlobals()
}
