import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A group of the sidebar. */
interface Group {
  readonly text: string
  readonly items: readonly { readonly link: string }[]
}

/** The file in the repository of a page of the sidebar. */
function fileOf(link: string): string {
  return link === '/' ? 'docs/index.md' : `${link.slice(1)}.md`
}

/**
 * Builds `llms.txt` (llmstxt.org): every page of the sidebar with its title and its first sentence. The links lead to the pages as
 * Markdown, which are beside the pages of the site.
 */
export function buildLlmsText(sidebar: readonly Group[], read: (file: string) => string): string {
  const [start = '', ...others] = sidebar.map(({ text, items }) =>
    [`## ${text}\n`, ...items.map(({ link }) => lineOf(fileOf(link), read(fileOf(link))))].join('\n'),
  )
  const { title, sentence } = summaryOf(read('docs/index.md'))
  return `${[`# ${title}\n\n> ${sentence}`, start, ...others].join('\n\n')}\n`
}

/** Files that pages lead to. */
const attached = ['docs/grafana-dashboard.json']

/** Writes `llms.txt`, and `llms-full.txt` with the text of every page, into the built site, the pages as Markdown, and the attached files. */
export function writeLlmsFiles(sidebar: readonly Group[], root: string, site: string): void {
  const read = (file: string): string => readFileSync(join(root, file), 'utf8')
  const files = [...new Set(sidebar.flatMap(({ items }) => items.map(({ link }) => fileOf(link))))]
  writeFileSync(join(site, 'llms.txt'), buildLlmsText(sidebar, read))
  writeFileSync(join(site, 'llms-full.txt'), files.map(read).join('\n\n'))
  for (const file of [...files, ...attached]) {
    mkdirSync(dirname(join(site, file)), { recursive: true })
    copyFileSync(join(root, file), join(site, file))
  }
}

function lineOf(file: string, text: string): string {
  const { title, sentence } = summaryOf(text)
  return `- [${title}](/${file}): ${sentence}`
}

/** The heading of a page and its first sentence. The page of a provider may begin with its table and its app. */
function summaryOf(text: string): { readonly title: string; readonly sentence: string } {
  const [, title = '', below = ''] = /^# (.+)\n([\s\S]*)$/m.exec(text) ?? []
  const [introduction = ''] = below.replace(/^```[\s\S]*?^```$/gm, '').split(/^## /m)
  const prose = introduction.split(/\n\n+/).find(paragraph => /^\s*[^\s|]/.test(paragraph)) ?? '- '
  const plain = (/^\s*- /.test(prose) ? 'What to enter there, the options, and a complete app.' : prose)
    .replace(/\[([^\]]+)\]\([^)]+\)/g, '$1')
    .replace(/\s+/g, ' ')
    .trim()
  return { title: title.replaceAll('`', ''), sentence: /^.*?[.:](?= [A-Z`]|$)/.exec(plain)?.[0] ?? plain }
}
