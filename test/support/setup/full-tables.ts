import { describe, test } from 'vitest'

// A table without rows makes no test, and Vitest is content. Here it is an error of the file.

type Table = (this: unknown, cases: unknown, ...rest: unknown[]) => unknown

function refuseEmptyTables(api: object): void {
  for (const way of ['each', 'for']) {
    const original: Table = Reflect.get(api, way)
    Reflect.set(api, way, function (this: unknown, cases: unknown, ...rest: unknown[]) {
      if (Array.isArray(cases) && cases.length === 0) throw new Error(`A table of ${way}() has no rows.`)
      return original.call(this, cases, ...rest)
    })
  }
}

/** What `test.extend()` makes has its own `each` and `for`. */
function followExtensions(api: object): void {
  refuseEmptyTables(api)
  followConditions(api)
  const extend: (this: unknown, ...given: unknown[]) => object = Reflect.get(api, 'extend')
  Reflect.set(api, 'extend', function (this: unknown, ...given: unknown[]) {
    const extended = extend.apply(this, given)
    followExtensions(extended)
    return extended
  })
}

/** Neither does it lose them behind a condition. */
function followConditions(api: object): void {
  for (const way of ['skipIf', 'runIf']) {
    const original: (this: unknown, holds: unknown) => object = Reflect.get(api, way)
    Reflect.set(api, way, function (this: unknown, holds: unknown) {
      const chosen = original.call(this, holds)
      refuseEmptyTables(chosen)
      return chosen
    })
  }
}

refuseEmptyTables(describe)
followConditions(describe)
followExtensions(test)
