import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { wings } from '../support/house/floors.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')

const rowsOf = (text: string): string[] => text.split('\n').filter(line => line.startsWith('| `'))

test('CONTRIBUTING.md shows the wings that the imports are checked against', () => {
  const rows = Object.entries(wings).map(([floor, sides]) => {
    const names = sides.map(side => side.map(wing => `\`${wing}/\``).join(', '))
    return `| \`${floor}/\` | ${names.join(' → ')} |`
  })
  expect(rows.length).toBeGreaterThan(5)
  const [, table = ''] = page.split('| floor | wings |')
  expect(rowsOf(table.split('\n\n')[0] ?? '').toSorted()).toEqual(rows.toSorted())
})

test('CONTRIBUTING.md tells about each folder of tests that the source does not have', () => {
  const isKnown = (folder: string): boolean => existsSync(join(root, 'src', folder))
  const folders = readdirSync(join(root, 'test'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(join(root, 'test/').length))
    .map(folder => folder.replaceAll('\\', '/'))
    .filter(folder => !isKnown(folder) && isKnown(dirname(folder)))
  expect(folders.length).toBeGreaterThan(15)
  expect(folders.filter(folder => !page.includes(`\n| \`${folder}/\` |`))).toEqual([])
})
