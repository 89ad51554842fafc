import { globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ViteUserConfig } from 'vitest/config'
import { readSource } from '../support/house/source-text.ts'
import { everySuite } from '../support/setup/every-suite.ts'

const repository = join(import.meta.dirname, '../..')
const root = join(repository, 'test')

const suites = await Promise.all(
  readdirSync(repository)
    .filter(name => /^vitest\.(\w+\.)?config\.ts$/.test(name))
    .map(async name => {
      const { default: config }: { default: ViteUserConfig } = await import(join(repository, name))
      return [name, config] as const
    }),
)

/** The files that any suite runs. */
const files = suites.flatMap(([, { test: suite }]) => {
  const projects = (suite?.projects ?? []) as readonly ViteUserConfig[]
  const patterns = [suite, ...projects.map(project => project.test)].flatMap(part => part?.include ?? [])
  return globSync(patterns, { cwd: repository })
})

/** The lines on which a test ends early, without a failure and without a word. */
function earlyEnds(text: string): number[] {
  const lines = readSource(text).code.split('\n')
  return lines.flatMap((line, index) => (/\breturn;?\s*$/.test(line) ? [index + 1] : []))
}

test.each(suites)('in the suite of %s, a test that expects nothing fails', (_name, { test: suite }) => {
  expect(suite).toMatchObject(everySuite)
})

test('no test ends before it has looked', () => {
  for (const kind of ['.slow.test.ts', '.flows.ts', '.pages.ts', '.example.ts'])
    expect(files.filter(name => name.endsWith(kind)).length, kind).toBeGreaterThan(2)
  expect(files.length).toBeGreaterThan(150)
  const found = [...new Set(files)].flatMap(name =>
    earlyEnds(readFileSync(join(repository, name), 'utf8')).map(line => `${name}:${line} returns early`),
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
