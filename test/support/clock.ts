import { afterEach, beforeEach, vi } from 'vitest'

/**
 * Stops the clock of this process, the provider's included, for every test of a file. Timers go on: HTTP needs them.
 */
export function stopClock(): void {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
  afterEach(() => void vi.useRealTimers())
}

/** Moves the clock that {@link stopClock} has stopped. */
export function pass(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds)
}
