import fc from 'fast-check'
import { anyJson, type Edit, edited, editsOf } from './values.ts'

/** How a stored text is damaged: cut or overwritten, another value in some place of its JSON, or other JSON altogether. */
export type Damage =
  | { readonly edits: readonly Edit[] }
  | { readonly at: number; readonly value: { readonly set: unknown } | 'absent' }
  | { readonly whole: unknown }

const value = fc.oneof(
  anyJson.map(set => ({ set })),
  fc.constant('absent' as const),
)

export const damages: fc.Arbitrary<Damage> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), value }),
  },
  { weight: 2, arbitrary: fc.record({ edits: editsOf() }) },
  { weight: 1, arbitrary: fc.record({ whole: anyJson }) },
)

type Path = readonly (string | number)[]

/** The text, damaged. One that is no JSON is edited instead. */
export function damage(text: string, given: Damage): string {
  if ('edits' in given) return edited(text, given.edits)
  if ('whole' in given) return JSON.stringify(given.whole)
  const parsed = parse(text)
  if (parsed === undefined) return edited(text, [{ at: given.at, gone: 1, text: '' }])
  const paths = pathsIn(parsed.value)
  const path = paths[Math.floor(given.at * paths.length)] ?? []
  return JSON.stringify(changeAt(parsed.value, path, given.value))
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** The ways to every value in a JSON value, those to the members of a text of JSON included. */
function pathsIn(whole: unknown, path: Path = []): Path[] {
  if (typeof whole !== 'object' || whole === null) return [path]
  return [path, ...Object.entries(whole).flatMap(([name, member]) => pathsIn(member, [...path, name]))]
}

function changeAt(
  whole: unknown,
  [first, ...rest]: Path,
  change: { readonly set: unknown } | 'absent',
): unknown {
  if (first === undefined) return change === 'absent' ? null : change.set
  const isLeft = rest.length > 0 || change !== 'absent'
  if (Array.isArray(whole))
    return whole.flatMap((member, index) =>
      String(index) !== first ? [member] : isLeft ? [changeAt(member, rest, change)] : [],
    )
  return Object.fromEntries(
    Object.entries(whole as object).flatMap(([name, member]) =>
      name !== first ? [[name, member]] : isLeft ? [[name, changeAt(member, rest, change)]] : [],
    ),
  )
}
