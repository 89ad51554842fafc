import { setTimeout as pause } from 'node:timers/promises'
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

/** Waits until something holds, and leaves the stopped clock alone, which `expect.poll` moves. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`This did not come to hold: ${holds.toString()}`)
    await pause(5)
  }
}
