/** A link of the built site that leads nowhere. */
export interface DeadLink {
  /** The file that has the link, by its path in the site. */
  readonly from: string
  readonly to: string
}

const ORIGIN = 'http://site.test'

/**
 * The links, images and scripts of a site that are not in it, and the anchors that their page does not have. Links to other sites are
 * not followed.
 *
 * @param files - The text of each file, by its path in the site; that of other files than HTML and text may be empty.
 */
export function deadLinks(files: ReadonlyMap<string, string>): DeadLink[] {
  return [...files].flatMap(([from, text]) =>
    targetsOf(from, text)
      .filter(target => !leadsSomewhere(files, from, target))
      .map(to => ({ from, to })),
  )
}

function targetsOf(file: string, text: string): string[] {
  const pattern = file.endsWith('.html')
    ? / (?:href|src)="([^"]*)"/g
    : file === 'llms.txt'
      ? /\]\(([^)\s]+)\)/g
      : undefined
  const found = pattern ? [...text.matchAll(pattern)].map(([, target = '']) => decodeEntities(target)) : []
  return [...new Set(found)]
}

function leadsSomewhere(files: ReadonlyMap<string, string>, from: string, target: string): boolean {
  const url = new URL(target, `${ORIGIN}/${from}`)
  if (url.origin !== ORIGIN) return true
  const path = decodeURIComponent(url.pathname).slice(1)
  const file = [path, `${path}.html`, `${path}index.html`].find(name => files.has(name))
  if (file === undefined) return false
  const anchor = decodeURIComponent(url.hash.slice(1))
  return anchor === '' || (files.get(file) ?? '').includes(` id="${anchor}"`)
}

function decodeEntities(text: string): string {
  return text.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"')
}
