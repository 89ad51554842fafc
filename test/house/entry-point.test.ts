import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** The exports that no comment precedes: at the beginning of a line, or as a line of a list. */
function withoutReason(source: string): string[] {
  const lines = source.split('\n')
  return lines.filter(
    (line, index) =>
      (/^export .* from /.test(line) || /^ {2}\w/.test(line)) && !/^ *\/\/ ./.test(lines[index - 1] ?? ''),
  )
}

test('each export of the entry point says why it exists', () => {
  const source = readFileSync(join(import.meta.dirname, '../../src/index.ts'), 'utf8')
  expect(source.match(/ from /g)?.length).toBeGreaterThan(30)
  expect(withoutReason(source)).toEqual([])
})

test.each([
  ["export { a } from './a.ts'", ["export { a } from './a.ts'"]],
  ["// Why.\nexport { a } from './a.ts'", []],
  ["export {\n  // Why.\n  a,\n  type B,\n} from './a.ts'", ['  type B,']],
  ["export {\n  // Why.\n  a,\n  // Why.\n  type B,\n} from './a.ts'", []],
])('of %j these have no reason: %j', (source, found) => {
  expect(withoutReason(source)).toEqual(found)
})
