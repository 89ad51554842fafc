import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSource } from '../support/house/source-text.ts'

const root = join(import.meta.dirname, '..')
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(name =>
  name.endsWith('.test.ts'),
)

/** The lines on which a test ends early, without a failure and without a word. */
function earlyEnds(text: string): number[] {
  const lines = readSource(text).code.split('\n')
  return lines.flatMap((line, index) => (/\breturn;?\s*$/.test(line) ? [index + 1] : []))
}

test('no test ends before it has looked', () => {
  expect(files.length).toBeGreaterThan(150)
  const found = files.flatMap(name =>
    earlyEnds(readFileSync(join(root, name), 'utf8')).map(line => `test/${name}:${line} returns early`),
  )
  expect(found).toEqual([])
})

test('no file overrides the fixtures of the others in its process', () => {
  const texts = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))
  const found = texts.filter(name =>
    /\.override\(/.test(readSource(readFileSync(join(root, name), 'utf8')).code),
  )
  expect(found, 'test.override() changes the test that is imported: use test.extend()').toEqual([])
})

test.each([
  ['if (!app) return', [1]],
  ['const a = 1\nif (!a) {\n  return\n}', [3]],
  ['if (a) return // for now', [1]],
  ['if (!a) return undefined', []],
  ["const text = 'return'", []],
  ["if (!a) throw new Error('There is no a.')", []],
])('%j', (text, lines) => {
  expect(earlyEnds(text)).toEqual(lines)
})
