import fc from 'fast-check'

/** Texts that are read differently by different readers, or that a log must not repeat as they are. */
const texts = [
  '',
  ' ',
  '0',
  'null',
  'true',
  '__proto__',
  'constructor',
  'line\r\nSet-Cookie: a=b',
  'null\0byte',
  '\u001b[31mred\u001b[0m',
  '\u001b]0;title\u0007',
  '\u009b31m',
  'a\u2028b\u2029c',
  '\u202eright to left',
  '\ud800',
  '\u{1f600}',
  'ü',
  '\ufeff',
  '<svg onload=alert(1)>',
  '%00%0d%0a',
  '%',
  'a'.repeat(300),
  'a'.repeat(9_000),
  'http://[',
  'https://user:password@evil.test/',
  'https://evil.test:99999/',
  'javascript:alert(1)',
  'file:///etc/passwd',
  '//evil.test',
  'none',
  'HS256',
  'RS256',
  '1e999',
  '../../etc/passwd',
] as const

const numbers = [0, -0, 1, -1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 53), 1e21, 1e300, -1e300, 5e-324, 8.64e15 + 1]

/** An object that cannot be turned into a text: `String()` throws a TypeError. */
const unprintable = { toString: 1, valueOf: null }

const deep = (levels: number): unknown => {
  let value: unknown = 'bottom'
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { inner: value }
  return value
}

const oddObjects: readonly unknown[] = [
  {},
  unprintable,
  [unprintable],
  JSON.parse('{"__proto__":{"isAdmin":true}}'),
  { constructor: { prototype: 1 } },
  { length: 3 },
  { keys: [] },
  [],
  [[]],
  [null],
  [[['a']]],
  deep(100),
  Array.from({ length: 500 }, (_, index) => index),
]

export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...texts) },
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.stringMatching(/^[\w./:+-]{1,60}$/),
)

/** Any value that JSON can hold, with a preference for those at which a careless reader trips. */
export const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: anyText },
  { weight: 2, arbitrary: fc.constantFrom(...oddObjects) },
  fc.constantFrom(...numbers, null, true, false),
  fc.integer(),
  fc.jsonValue({ maxDepth: 3 }),
  fc.array(anyText, { maxLength: 4 }),
)

/** Any value that a program can pass. */
export const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: anyJson },
  fc.constantFrom<unknown>(
    undefined,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1n,
    Symbol('a'),
    () => undefined,
    class {},
    new Date(Number.NaN),
    /a/,
    new Map([['a', 1]]),
    new Set(['a']),
    Object.create(null),
    Object.freeze([undefined, Symbol('a')]),
    Buffer.from('bytes'),
    new Proxy({}, {}),
    Promise.resolve('later'),
    Object.assign(['a'], { length: 3 }), // a list with holes
  ),
  fc.anything({ maxDepth: 2 }),
)

/** One change of an object: a member gets another value, or is left out. */
export type Change = readonly [member: string, value: { readonly set: unknown } | 'absent']

const change = (names: readonly string[], value: fc.Arbitrary<unknown>): fc.Arbitrary<Change> =>
  fc.tuple(
    fc.constantFrom(...names),
    fc.oneof(
      { weight: 5, arbitrary: value.map(set => ({ set })) },
      { weight: 1, arbitrary: fc.constant('absent' as const) },
    ),
  )

/** One or two changes of members with these names. */
export function changesOf(
  names: readonly string[],
  value: fc.Arbitrary<unknown> = anyJson,
): fc.Arbitrary<readonly Change[]> {
  return fc.array(change(names, value), { minLength: 1, maxLength: 2 })
}

/** The object with its changes. It has the members that `JSON.parse` would give it, even `__proto__`. */
export function changed<Whole extends object>(whole: Whole, changes: readonly Change[]): Whole {
  const members = new Map<string, unknown>(Object.entries(whole))
  for (const [name, value] of changes) {
    if (value === 'absent') members.delete(name)
    else members.set(name, value.set)
  }
  return Object.fromEntries(members) as Whole
}

/** An edit of a text: where, as a part of its length, how many characters go, and what takes their place. */
export interface Edit {
  readonly at: number
  readonly gone: number
  readonly text: string
}

/** A few edits of a text. */
export function editsOf(text: fc.Arbitrary<string> = anyText): fc.Arbitrary<readonly Edit[]> {
  const gone = fc.oneof(fc.constantFrom(0, 1, 2, 9, 10_000), fc.nat(40))
  const at = fc.oneof(fc.constantFrom(0, 1, 0.5), fc.double({ min: 0, max: 1, noNaN: true }))
  const inserted = fc.oneof(fc.constant(''), fc.constantFrom('.', '=', '&', ';', ',', ' ', '%', '"'), text)
  return fc.array(fc.record({ at, gone, text: inserted }), { minLength: 1, maxLength: 3 })
}

export function edited(whole: string, edits: readonly Edit[]): string {
  return edits.reduce((before, { at, gone, text }) => {
    const start = Math.round(at * before.length)
    return before.slice(0, start) + text + before.slice(start + gone)
  }, whole)
}
