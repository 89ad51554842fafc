import { OidcError } from './errors.ts'

/** The members of a JSON object, whose values are not checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a value is an object with members: not `null`, not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether a value is an object with at least one member. */
export function isFilledObject(value: unknown): value is JsonObject {
  return isObject(value) && Object.keys(value).length > 0
}

/** Whether a value of a record is what it should be. */
type Test = (value: unknown) => boolean

export const isText = (value: unknown): value is string => typeof value === 'string'
export const isNumber: Test = value => Number.isFinite(value)
export const isUrl: Test = value => isText(value) && URL.canParse(value)
/** Milliseconds since 1970 that a `Date` can hold (ECMA-262 §21.4.1.1). */
export const isTime: Test = value => typeof value === 'number' && value >= 0 && value <= 8.64e15
export const isFlag: Test = value => typeof value === 'boolean'

export const isOptional =
  (test: Test): Test =>
  value =>
    value === undefined || test(value)

export const isListOf =
  (test: Test): Test =>
  value =>
    Array.isArray(value) && value.every(test)

export const isMapOf =
  (test: Test): Test =>
  value =>
    isObject(value) && Object.values(value).every(test)

/** Makes a test for objects. It names every member that they may have, and leaves others, which a later release adds. */
export function hasMembers<Shape extends object>(
  tests: {
    readonly [Name in keyof Required<Shape>]: Test
  },
): (value: unknown) => value is Shape {
  const entries: readonly [string, Test][] = Object.entries(tests)
  return (value): value is Shape => isObject(value) && entries.every(([name, test]) => test(value[name]))
}

/**
 * Makes a test for lists that hold these values, in this order. A later release adds more at the end, which this one leaves out when
 * it writes the list again.
 */
export function hasValues<Shape extends readonly unknown[]>(
  tests: {
    readonly [Index in keyof Shape]: Test
  },
): (value: unknown) => value is Shape {
  const list: readonly Test[] = tests
  return (value): value is Shape =>
    Array.isArray(value) && value.length >= list.length && list.every((test, index) => test(value[index]))
}

/** More levels than any answer or token needs: what copies, compares or prints a much deeper value exhausts the stack. */
export const MOST_LEVELS = 64

/** Whether a JSON value is nested in more than {@link MOST_LEVELS} levels. */
export function isTooDeep(value: unknown, levels: number = MOST_LEVELS): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some(member => isTooDeep(member, levels - 1))
}

/** Whether JSON can hold a value as it is. A member that is `undefined` counts as absent. */
export function isJson(value: unknown, levels: number = MOST_LEVELS): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || levels === 0) return false
  if (Array.isArray(value)) return Array.from(value).every(item => isJson(item, levels - 1))
  const prototype: unknown = Object.getPrototypeOf(value)
  const isPlain = prototype === null || prototype === Object.prototype
  return isPlain && Object.values(value).every(member => member === undefined || isJson(member, levels - 1))
}

/** Copies a value that JSON can hold. */
export function copyJson<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyJson) as Value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyJson(member)])) as Value
}

/** Freezes a JSON value with everything in it. */
export function freezeDeep<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freezeDeep)
  return value
}

/** Parses JSON. Returns `undefined` if the text is not JSON: the error of `JSON.parse` would quote it. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Parses a record that this library has written.
 *
 * @param name - What the record is, for an operator. Nothing of the record itself gets into the error.
 * @throws {@link OidcError} `ERR_OIDC_STORE_CORRUPT` for a record that is damaged, or that something else has written.
 */
export function parseStored<Shape>(
  text: string,
  isShape: (value: unknown) => value is Shape,
  name: string,
): Shape {
  const value = parseJson(text)
  if (isShape(value)) return value
  throw damagedRecord(name)
}

/** The failure to use a record that is damaged. */
export function damagedRecord(name: string): OidcError {
  return new OidcError('ERR_OIDC_STORE_CORRUPT', {
    message: `${name} cannot be read. Restore it from a backup, or remove it.`,
  })
}
