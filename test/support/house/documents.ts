import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, matchesGlob, normalize } from 'node:path'
import { anchorOf } from '../../../docs/.vitepress/anchors.ts'

const root = join(import.meta.dirname, '../../..')

/** A block of code that a reader may copy. */
export interface Snippet {
  /** The file that holds it and its number there, as a name for a file. */
  readonly name: string
  readonly code: string
}

/** README.md, SECURITY.md and the pages in docs/, those that are there. */
export function documentPaths(): string[] {
  const pages = existsSync(join(root, 'docs')) ? readdirSync(join(root, 'docs'), { recursive: true }) : []
  const paths = ['README.md', 'SECURITY.md', ...pages.map(page => join('docs', String(page)))]
  const isPage = (path: string): boolean => path.endsWith('.md') && !path.includes('.vitepress')
  return paths.filter(path => isPage(path) && existsSync(join(root, path)))
}

export function readDocument(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The blocks of a page that are marked as TypeScript, or as another language. */
export function snippetsOf(path: string, text: string, language = 'ts'): Snippet[] {
  const blocks = text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))
  return [...blocks].map(([, code = ''], index) => ({
    name: `${path.replace(/[^\w-]+/g, '-')}-${index + 1}`,
    code,
  }))
}

/** The examples in the comments of the source. They may use names that {@link prelude} declares. */
export function sourceExamples(): Snippet[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .flatMap(name => {
      const comments = readDocument(join('src', name)).match(/^[ ]*\/\*\*[\s\S]*?\*\//gm) ?? []
      const text = comments.join('\n').replace(/^ *\* ?/gm, '')
      return snippetsOf(join('src', name), text)
    })
    .map(({ name, code }) => ({ name, code: prelude(code) + code }))
}

const declarations: Readonly<Record<string, string>> = {
  app: "declare const app: import('express').Express",
  express: "import express from 'express'",
  session: "import session from 'express-session'",
  secret: 'declare const secret: string',
  issuer: 'declare const issuer: string',
  baseUrl: 'declare const baseUrl: string',
  api: "declare const api: import('express-oidc-rp').OidcApi",
  client: "declare const client: import('express-oidc-rp').ClientInformation",
}

/** What the reader of an example already has: the names that it uses and does not make. */
function prelude(code: string): string {
  const isUsed = (name: string): boolean => new RegExp(`(?<![.'\\w])${name}\\b(?!:)`).test(code)
  const isMade = (name: string): boolean =>
    new RegExp(`\\b(const|let|import|function) ([{] ?)?${name}\\b`).test(code)
  const wanted = (name: string): boolean => isUsed(name) && !isMade(name)
  const declared = Object.keys(declarations).filter(wanted)
  const imported = exportedValues().filter(wanted)
  const lines = [
    `import { ${imported.join(', ')} } from 'express-oidc-rp'`,
    ...declared.map(name => declarations[name]),
  ]
  return `${lines.join('\n')}\n`
}

function exportedValues(): string[] {
  const code = readDocument('src/index.ts').replace(/\/\/.*$/gm, '')
  const lists = code.matchAll(/^export \{([^}]*)\}/gm)
  const names = [...lists].flatMap(([, list = '']) => list.split(',')).map(name => name.trim())
  return names.filter(name => /^\w+$/.test(name))
}

/** The links of a page that lead nowhere: to a file that is not there, or a heading that its page does not have. */
export function brokenLinks(path: string, text: string): string[] {
  return innerLinks(text).filter(target => !leadsSomewhere(path, text, target))
}

/** The links and images of a page that lead to no other site. */
function innerLinks(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '')
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets.filter(target => !/^(https?|mailto):/.test(target))
}

/** The links and images of a page in the package to files that are not in it. `files` is the member of package.json. */
export function unpackedLinks(path: string, text: string, files: readonly string[]): string[] {
  const isPacked = (file: string): boolean =>
    ['README.md', 'LICENSE'].includes(file) ||
    files.some(entry => matchesGlob(file, entry) || file.startsWith(`${entry}/`))
  return innerLinks(text).filter(target => {
    const [file = ''] = target.split('#')
    return file !== '' && !isPacked(normalize(join(dirname(path), decodeURI(file))))
  })
}

function leadsSomewhere(path: string, text: string, target: string): boolean {
  const [file = '', heading] = target.split('#')
  if (file === '') return anchorsOf(text).includes(heading ?? '')
  const found = normalize(join(dirname(path), decodeURI(file)))
  if (found.startsWith('..') || !existsSync(join(root, found))) return false
  return heading === undefined || anchorsOf(readDocument(found)).includes(heading)
}

/** The anchors that GitHub and the site give to the headings of a page. */
function anchorsOf(text: string): string[] {
  const headings = [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#{1,6} +(.+)$/gm)]
  return headings.map(([, heading = '']) => anchorOf(heading))
}
