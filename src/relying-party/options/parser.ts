import { isObject } from '../../vocabulary/json.ts'
import { optionError } from './option-error.ts'
import { suggest } from './option-names.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Checks the value of one option and returns it, or the default for `undefined`. `path` names the option in errors. */
export interface Parser<Value> {
  (value: unknown, path: string): Value
  /** Reads the option from the environment if the code leaves it out. */
  readonly read?: (environment: Environment, code: object) => unknown
}

/** Parsers by the names of their options. */
export type Parsers = Readonly<Record<string, Parser<unknown>>>

/** The result of a table of parsers. */
export type Parsed<Table extends Parsers> = { readonly [Name in keyof Table]: ReturnType<Table[Name]> }

/** Accepts the values that pass a test. */
export function accept<Value>(
  test: (value: unknown) => value is Value,
  rule: string,
): Parser<Value | undefined> {
  return (value, path) => {
    if (value === undefined || test(value)) return value
    throw optionError(path, rule)
  }
}

/** Adds a default for an option that is left out. */
export function withDefault<Value>(parse: Parser<Value | undefined>, usual: Value): Parser<Value> {
  return (value, path) => parse(value, path) ?? usual
}

export const text = accept(value => typeof value === 'string', 'must be a string')

export const flag: Parser<boolean> = withDefault(
  accept(value => typeof value === 'boolean', 'must be true or false'),
  false,
)

/** The first of the values is the default. */
export function oneOf<const Values extends readonly [string, ...string[]]>(
  ...values: Values
): Parser<Values[number]> {
  const isOne = (value: unknown): value is Values[number] => values.some(one => one === value)
  return withDefault<Values[number]>(accept(isOne, `must be ${values.join(' or ')}`), values[0])
}

/** Accepts a function. TypeScript checks its signature; that is impossible at run time. */
export function func<Signature>(): Parser<Signature | undefined> {
  return accept((value): value is Signature => typeof value === 'function', 'must be a function')
}

export const isSeconds = (value: unknown): value is number =>
  typeof value === 'number' && value > 0 && value < 2 ** 31
const secondsRule = 'must be a number of seconds above 0 and below 2,147,483,648'

/** Parses seconds into milliseconds. */
export function seconds(usual: number, isValid = isSeconds, rule = secondsRule): Parser<number> {
  const parse = withDefault(accept(isValid, rule), usual)
  return (value, path) => parse(value, path) * 1_000
}

/** Parses an object of options. Refuses an unknown name, and suggests the one that was probably meant. */
export function parseMembers<Table extends Parsers>(table: Table, given: object, prefix = ''): Parsed<Table> {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(table, name))
      throw optionError(prefix + name, `is not an option${suggest(name, value, Object.keys(table), prefix)}`)
  }
  const values = new Map<string, unknown>(Object.entries(given))
  const parsed = Object.entries(table).map(([name, parse]) => [name, parse(values.get(name), prefix + name)])
  return Object.freeze(Object.fromEntries(parsed)) as Parsed<Table>
}

/** Parses an option that is itself an object of options. If it is left out, all its members have their defaults. */
export function members<Table extends Parsers>(table: Table): Parser<Parsed<Table>> {
  return (value = {}, path) => {
    if (!isObject(value)) throw optionError(path, 'must be an object')
    return parseMembers(table, value, `${path}.`)
  }
}

/** Lets an option also come from the environment. */
export function orFrom<Value>(
  read: (environment: Environment, code: object) => unknown,
  parse: Parser<Value>,
): Parser<Value> {
  return Object.assign((value: unknown, path: string) => parse(value, path), { read })
}

/** Makes an object of options optional. */
export function optional<Value>(parse: Parser<Value>): Parser<Value | undefined> {
  return (value, path) => (value === undefined ? undefined : parse(value, path))
}
