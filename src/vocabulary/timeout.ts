/** What the app may wait for, in seconds. The limit catches milliseconds, and keeps timers from overflowing. */
export const timeoutRule = 'must be a number of seconds above 0, at most 3,600'

/** Whether a value keeps {@link timeoutRule}. */
export function isTimeout(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= 3_600
}
