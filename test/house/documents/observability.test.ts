import { expect, test } from 'vitest'
import { readDocument } from '../../support/house/documents.ts'

/** The events of the type `OidcEvents`, each with its members but for `issuer`, which all of them have. */
function typedEvents(): string[] {
  const [, body = ''] = /interface OidcEvents \{([\s\S]*?)^\}/m.exec(
    readDocument('src/vocabulary/events.ts'),
  ) ?? ['', '']
  return body
    .split(/^ {2}(?=')/m)
    .slice(1)
    .map(text => describeEvent(/^'([^']+)'/.exec(text)?.[1], text.matchAll(/readonly (\w+)/g)))
}

/** The rows of the table in docs/observability.md, told in the same way. */
function documentedEvents(): string[] {
  const [, table = ''] = readDocument('docs/observability.md').split('## Events')
  return [...table.matchAll(/^\| `([a-z]+\.[a-z-]+)` \|[^|]+\|([^|]*)\|$/gm)].map(([, name, members = '']) =>
    describeEvent(name, members.matchAll(/`(\w+)`/g)),
  )
}

function describeEvent(name: string | undefined, members: Iterable<RegExpMatchArray>): string {
  const names = [...members].map(([, member]) => member).filter(member => member !== 'issuer')
  return `${name}: ${names.join(', ')}`
}

test('docs/observability.md has a row for each event, with its members, in the same order', () => {
  expect(typedEvents().length).toBeGreaterThan(20)
  expect(documentedEvents()).toEqual(typedEvents())
})
