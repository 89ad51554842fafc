import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { attacks } from '../attacks/map/index.ts'
import { missingTests } from '../support/house/named-tests.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** The numbers of the attacks, by section. */
const numbers = [
  [1, 9],
  [10, 18],
  [20, 34],
  [40, 63],
  [65, 69],
  [70, 80],
  [85, 92],
  [95, 110],
  [115, 123],
  [130, 139],
  [140, 155],
] as const

const proofs = attacks.flatMap(([id, attack]) =>
  'proofs' in attack ? attack.proofs.map(proof => ({ id, ...proof })) : [],
)

test('the map has every attack once', () => {
  const ids = numbers.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, index) => `T-${String(first + index).padStart(2, '0')}`),
  )
  expect(ids).toHaveLength(132)
  expect(attacks.map(([id]) => id)).toEqual(ids)
})

test('each attack has a test, and each defense one that needs it', () => {
  const empty = attacks.filter(([, attack]) => 'proofs' in attack && attack.proofs.length === 0)
  expect(empty.map(([id]) => id)).toEqual([])
  const idle = proofs.filter(
    ({ without, fail }) => without.length === 0 || Object.values(fail).flat().length === 0,
  )
  expect(idle.map(({ id }) => id)).toEqual([])
})

test('each test of the map stands in its file', () => {
  const missing = proofs.flatMap(({ id, fail }) =>
    missingTests(fail, file => read(`test/${file}`)).map(what => `${id}: ${what}`),
  )
  expect(missing).toEqual([])
})

test('each defense of the map stands in the source, once', () => {
  const wrong = proofs.flatMap(({ id, without }) =>
    without
      .map(({ file, text }) => [file, text, read(file).split(text).length - 1] as const)
      .filter(([, , times]) => times !== 1)
      .map(([file, text, times]) => `${id}: ${file} has ${times} times: ${text}`),
  )
  expect(wrong, 'correct the map in test/attacks/map, and run npm run attacks').toEqual([])
})

test('what does not apply is explained in docs/security.md', () => {
  const sections = read('docs/security.md').split(/^## /m)
  const unexplained = attacks.filter(([, attack]) => {
    if (!('doesNotApply' in attack)) return false
    const { heading, sentence } = attack.doesNotApply
    const section = sections.find(text => text.startsWith(`${heading}\n`)) ?? ''
    return !section.replace(/\s+/g, ' ').includes(sentence)
  })
  expect(unexplained.map(([id]) => id)).toEqual([])
})
