import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { allowedUses, reasons, wallClockUses } from '../support/house/wall-clock.ts'

const source = join(import.meta.dirname, '../../src')

// Anybody can set the wall clock. Spans of time are measured by performance.now(), so a new use needs a reason in the table.
test('the source asks the wall clock only where the table says why', () => {
  const paths = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(path =>
    path.endsWith('.ts'),
  )
  const found = paths.flatMap(path => {
    const uses = wallClockUses(readFileSync(join(source, path), 'utf8'))
    return uses === 0 ? [] : [[path.replaceAll('\\', '/'), uses] as const]
  })
  const allowed = Object.entries(allowedUses).map(([path, [uses]]) => [path, uses] as const)
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(allowed))
})

test('every reason is given for a use', () => {
  const given = new Set<string>(Object.values(allowedUses).map(([, reason]) => reason))
  expect(Object.keys(reasons).filter(reason => !given.has(reason))).toEqual([])
})

test.each([
  ['const now = Date.now()', 1],
  ['const clock = Date.now', 1],
  ['const { now } = { now: Date.now }; new Date(); new Date', 3],
  ['const today = Date()', 1],
  ['new Date(endsAt); performance.now(); new DateRange()', 0],
  ["'Date.now()' // Date.now()", 0],
])('%j asks the wall clock %i times', (text, uses) => {
  expect(wallClockUses(text)).toBe(uses)
})
