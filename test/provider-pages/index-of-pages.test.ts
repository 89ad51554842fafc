import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readDocument, snippetsOf } from '../support/house/documents.ts'
import { type ProviderFixture, signsOutThere } from '../support/provider-pages/fixture.ts'
import { appCodeOf, fixtures, sectionOf } from '../support/provider-pages/fixtures.ts'
import { visit } from '../support/provider-pages/visit.ts'

const folder = join(import.meta.dirname, '../../docs/providers')
const pages = readdirSync(folder).filter(name => name.endsWith('.md') && name !== 'README.md')

const possible = fixtures.filter(({ impossible }) => !impossible)

test('every page has a fixture, and every app of a page belongs to one', () => {
  expect(pages.map(name => name.replace('.md', ''))).toEqual(
    [...new Set(fixtures.map(({ page }) => page))].sort(),
  )
  const shown = pages.flatMap(name => snippetsOf(name, readDocument(`docs/providers/${name}`)))
  const apps = shown.filter(({ code }) => code.includes('.listen(')).map(({ code }) => code)
  expect(apps.sort()).toEqual([...new Set(possible.map(appCodeOf))].sort())
})

test('the index names every provider, with the options that each needs', () => {
  const [, below = ''] = readDocument('docs/providers/README.md').split('|---|---|---|---|---|\n')
  const [rows] = below.split('\n\n')
  expect(rows).toBe(fixtures.map(rowOf).join('\n'))
})

describe.each(possible)('the section of $name', fixture => {
  test('has its parts in the order of the others', () => {
    const parts = [...sectionOf(fixture).matchAll(/^\| `issuer` \||^```ts$|^- \*\*(.+?)\*\*/gm)]
    expect(parts.map(([all, title = all]) => title)).toEqual([
      '| `issuer` |',
      '```ts',
      'Refresh',
      'Sign-out',
      'Roles',
      'Not possible',
      'Tested',
    ])
  })

  test('has the options that the index names', async () => {
    const { app } = await visit(fixture)
    const { issuer: _, baseUrl: __, client, ...others } = app.options
    expect(client === undefined).toBe(fixture.registersItself === true)
    const method = client && 'authenticationMethod' in client ? ['client.authenticationMethod'] : []
    expect([...Object.keys(others), ...method].sort()).toEqual(
      [...new Set(Object.values(fixture.needs).flat())].sort(),
    )
  })

  for (const { name, options } of fixture.variants ?? [])
    test(`names the options of the variant with ${name}`, () => {
      for (const option of Object.keys(options)) expect(sectionOf(fixture)).toContain(`\`${option}`)
    })
})

function rowOf(fixture: ProviderFixture): string {
  const { name, page, section, needs, refreshes, rolesAt, impossible, registersItself } = fixture
  const anchor = section
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-')
  const link = `[${name}](${page}.md#${anchor})`
  if (impossible) return `| ${link} | **no** | – | – | – |`
  const cells = [
    link,
    withOptions(registersItself ? 'yes, registers itself' : 'yes', needs.signIn),
    withOptions(refreshes === true ? 'yes' : refreshes || 'no', needs.refresh),
    withOptions(signsOutThere(fixture) ? 'app and provider' : 'app', needs.signOut),
    withOptions(rolesAt, needs.roles),
  ]
  return `| ${cells.join(' | ')} |`
}

function withOptions(word: string, options: readonly string[] = []): string {
  return [word, ...options.map(option => `\`${option}\``)].join(', ')
}
