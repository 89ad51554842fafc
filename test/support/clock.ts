import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, vi } from 'vitest'

const now = performance.now.bind(performance)
let spans = 0

/**
 * Stops the clock of this process, the provider's included, for every test of a file. Timers go on: HTTP needs them.
 */
export function stopClock(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] })
    movableSpans()
  })
  afterEach(() => void vi.useRealTimers())
}

/** Lets time pass that {@link stopClock} has stopped: on the clock, and for whatever measures spans of time. */
export function pass(milliseconds: number): void {
  setClock(milliseconds)
  spans += milliseconds
}

/** Sets the clock that {@link stopClock} has stopped, ahead or back: no time passes. */
export function setClock(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds)
}

/**
 * Lets what the library waits for five seconds at most be late after half a second, for the rest of a test: answers of the
 * provider, and hooks of the app.
 */
export function hurry(): void {
  const { setTimeout: timer } = globalThis
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  const shorten = (milliseconds?: number) => (milliseconds === 5_000 ? 500 : milliseconds)
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(milliseconds => timeout(shorten(milliseconds) ?? 0))
  vi.spyOn(globalThis, 'setTimeout').mockImplementation((run: () => void, milliseconds?: number) =>
    timer(run, shorten(milliseconds)),
  )
}

/** Waits until something holds, and leaves the stopped clock alone, which `expect.poll` moves. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`This did not come to hold: ${holds.toString()}`)
    await pause(5)
  }
}

/** Returns what moves the clock that measures spans of time in this process. */
export function movableSpans(): (milliseconds: number) => void {
  spans = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now() + spans)
  return milliseconds => {
    spans += milliseconds
  }
}
