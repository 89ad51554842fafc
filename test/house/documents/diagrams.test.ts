import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readDocument } from '../../support/house/documents.ts'

const folder = join(import.meta.dirname, '../../../docs')
const diagrams = readdirSync(folder).filter(name => name.endsWith('.svg'))

test('there are diagrams', () => {
  expect(diagrams.length).toBeGreaterThanOrEqual(5)
})

describe.each(diagrams)('%s', name => {
  const text = readDocument(`docs/${name}`)

  test('can be read at the width of a phone', () => {
    const [, width] = /viewBox="0 0 (\d+) \d+"/.exec(text) ?? []
    expect(Number(width)).toBeLessThanOrEqual(400)
    const sizes = [...text.matchAll(/font(?:-size)?: (\d+)px/g)].map(([, size]) => Number(size))
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(13)
  })

  test('has other colors in dark mode, and none that stays the same', () => {
    const [style = '', drawing = ''] = text.split('</style>')
    const [light = '', dark = ''] = style.split('@media (prefers-color-scheme: dark)')
    const named = [...light.matchAll(/(--[\w-]+): #/g)].map(([, color]) => color)
    expect(named.length).toBeGreaterThan(5)
    expect([...dark.matchAll(/(--[\w-]+): #/g)].map(([, color]) => color)).toEqual(named)
    expect(drawing).not.toMatch(/#[0-9a-f]{3,6}\b/i)
  })

  test('says in words what it shows', () => {
    expect(/<desc[^>]*>(.+)<\/desc>/.exec(text)?.[1]?.length).toBeGreaterThan(100)
  })
})
