/** Sets the clock of this process: what it does happens so many milliseconds from now. */
export function shiftClock(milliseconds: number): void {
  const now = Date.now
  class ShiftedDate extends Date {
    constructor(...given: [] | [value: number | string | Date]) {
      super(given.length === 0 ? now() + milliseconds : given[0])
    }

    static override now(): number {
      return now() + milliseconds
    }
  }
  globalThis.Date = ShiftedDate as DateConstructor
}

/** Tells the time of the provider by the clock of this process: it has become later everywhere. */
export const fetchLater: typeof fetch = async (url, init) => {
  const { body, status, headers } = await fetch(url, init)
  const later = [...headers].filter(([name]) => name !== 'date')
  return new Response(body, { status, headers: [...later, ['date', new Date().toUTCString()]] })
}
