import { OidcError } from './errors.ts'

/** The members of a JSON object, whose values are not checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a value is an object with members: not `null`, not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether a value of a record is what it should be. */
type Test = (value: unknown) => boolean

export const isText = (value: unknown): value is string => typeof value === 'string'
export const isNumber: Test = value => Number.isFinite(value)
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

/** Parses JSON; `undefined` if it is none. The error of `JSON.parse` is not kept: it quotes the text. */
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
 * @throws {@link OidcError} `ERR_OIDC_STORE_CORRUPT` for a record that is damaged, or that another program has written.
 */
export function parseStored<Shape>(
  text: string,
  isShape: (value: unknown) => value is Shape,
  name: string,
): Shape {
  const value = parseJson(text)
  if (isShape(value)) return value
  throw new OidcError('ERR_OIDC_STORE_CORRUPT', {
    message: `${name} cannot be read. Restore it from a backup, or remove it.`,
  })
}
