import { readFile } from 'node:fs/promises'

/** A page of the documentation. */
export interface DocumentedPage {
  readonly text: string
  /** The code blocks in a language. */
  readonly blocks: (language: string) => readonly string[]
  /** The rows of the first table below a heading, without its head; the backticks are removed. */
  readonly tableBelow: (heading: string) => readonly (readonly string[])[]
}

export async function readPage(name: string): Promise<DocumentedPage> {
  const text = await readFile(new URL(`../../../docs/providers/${name}.md`, import.meta.url), 'utf8')
  return {
    text,
    blocks: language => [...text.matchAll(/```(\w+)\n(.*?)```/gs)].flatMap(found => blockIn(found, language)),
    tableBelow(heading) {
      const [, section = ''] = text.split(`\n${heading}\n`)
      const lines = section.split('\n')
      const start = lines.findIndex(line => line.startsWith('|---'))
      const after = lines.slice(start + 1)
      const end = after.findIndex(line => !line.startsWith('|'))
      return after.slice(0, end).map(cellsOf)
    },
  }
}

function blockIn([, language, code = '']: RegExpExecArray, wanted: string): string[] {
  return language === wanted ? [code] : []
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map(cell => cell.replaceAll('`', '').trim())
}
