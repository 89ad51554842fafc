import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readDocument, snippetsOf } from '../house/documents.ts'
import type { ProviderFixture } from './fixture.ts'

const folder = join(import.meta.dirname, 'fixtures')

/** Every provider, in the order of the pages. */
export const fixtures: readonly ProviderFixture[] = (
  await Promise.all(
    readdirSync(folder)
      .sort()
      .map(async file => Object.values<ProviderFixture>(await import(join(folder, file)))),
  )
)
  .flat()
  .sort((a, b) => a.page.localeCompare(b.page) || placeOf(a) - placeOf(b))

function placeOf({ page, section }: ProviderFixture): number {
  return readDocument(`docs/providers/${page}.md`).indexOf(`# ${section}\n`)
}

type Place = Pick<ProviderFixture, 'page' | 'section'>

/** What a page says of a provider: from its heading to the next one. */
export function sectionOf({ page, section }: Place): string {
  const [, below = ''] = readDocument(`docs/providers/${page}.md`).split(`# ${section}\n`)
  return below.split(/^##? /m)[0] ?? ''
}

/** The complete app in the section of a provider: its block that listens. Where no sign-in is possible, another app of the page. */
export function appCodeOf({
  page,
  section,
  impossible,
}: Pick<ProviderFixture, 'page' | 'section' | 'impossible'>): string {
  const text = impossible ? readDocument(`docs/providers/${page}.md`) : sectionOf({ page, section })
  const apps = snippetsOf(page, text).filter(({ code }) => code.includes('.listen('))
  const [app] = apps
  if (!app || (apps.length !== 1 && !impossible))
    throw new Error(`docs/providers/${page}.md has ${apps.length} apps below "${section}".`)
  return app.code
}
