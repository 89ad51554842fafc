import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { faultMap } from '../faults/map.ts'
import { missingTests } from '../support/house/named-tests.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const entries = Object.entries(faultMap)

test('the map has every fault once', () => {
  const numbers = Array.from({ length: 50 }, (_, index) => `R-${String(index + 1).padStart(2, '0')}`)
  expect(entries.map(([id]) => id).toSorted()).toEqual([...numbers, 'R-11b'].toSorted())
})

test('each fault has a test, and each test of the map stands in its file', () => {
  const wrong = entries.flatMap(([id, fault]) => {
    if (!('tests' in fault)) return []
    if (Object.values(fault.tests).flat().length === 0) return [`${id} has no test`]
    return missingTests(fault.tests, file => read(`test/${file}`)).map(what => `${id}: ${what}`)
  })
  expect(wrong).toEqual([])
})

test('what does not apply is explained', () => {
  const unexplained = entries.filter(([, fault]) => {
    if (!('doesNotApply' in fault)) return false
    const { page, sentence } = fault.doesNotApply
    return !read(`docs/${page}`).replace(/\s+/g, ' ').includes(sentence)
  })
  expect(unexplained.map(([id]) => id)).toEqual([])
})

test('a test that is not there is named', () => {
  const tests = { 'a.test.ts': ['signs > in', 'signs > out'] }
  expect(missingTests(tests, () => "test('signs users in')")).toEqual(['test/a.test.ts has no "signs > out"'])
})
