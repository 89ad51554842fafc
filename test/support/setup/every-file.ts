import { afterEach, describe, test, vi } from 'vitest'

// What holds for every test file. Files share a process, so what one has stubbed or stopped must not reach the next.

const { Date: realDate, setTimeout: realTimer } = globalThis

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
  vi.useRealTimers()
  if (globalThis.setTimeout !== realTimer || globalThis.Date !== realDate)
    throw new Error('This test leaves a clock behind that is not the real one.')
})

// A table without rows makes no test, and Vitest is content. Here it is an error of the file.

const wrapped = Symbol.for('express-oidc-rp tests: wrapped')

type Method = (this: unknown, ...given: unknown[]) => unknown

/** Puts something around a method, once for all files of the process. */
function wrap(api: object, name: string, around: (original: Method) => Method): void {
  const original: Method = Reflect.get(api, name)
  if (wrapped in original) return
  Reflect.set(api, name, Object.assign(around(original), { [wrapped]: true }))
}

function refuseEmptyTables(api: object): void {
  for (const way of ['each', 'for'])
    wrap(api, way, original => {
      return function (this: unknown, cases, ...rest) {
        if (Array.isArray(cases) && cases.length === 0) throw new Error(`A table of ${way}() has no rows.`)
        return original.call(this, cases, ...rest)
      }
    })
}

/** What these return has its own `each` and `for`. */
function follow(api: object, names: readonly string[]): void {
  for (const name of names)
    wrap(api, name, original => {
      return function (this: unknown, ...given) {
        const made = original.apply(this, given) as object
        refuseEmptyTables(made)
        if (name === 'extend') follow(made, names)
        return made
      }
    })
}

for (const api of [describe, test]) refuseEmptyTables(api)
follow(describe, ['skipIf', 'runIf'])
follow(test, ['skipIf', 'runIf', 'extend'])
