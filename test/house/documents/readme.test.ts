import { execFile } from 'node:child_process'
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import {
  brokenLinks,
  documentPaths,
  readDocument,
  type Snippet,
  snippetsOf,
  sourceExamples,
  unpackedLinks,
} from '../../support/house/documents.ts'

const root = join(import.meta.dirname, '../../..')
/** Here imports find the packages of the repository. */
const folder = join(root, 'node_modules/.cache/express-oidc-rp-documents')

beforeAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, 'node_modules'), { recursive: true })
  await symlink(root, join(folder, 'node_modules/express-oidc-rp'), 'junction')
  // Readers have a strict compiler, but not the house style of this repository.
  const compilerOptions = {
    noUnusedLocals: false,
    noUnusedParameters: false,
    noPropertyAccessFromIndexSignature: false,
    rewriteRelativeImportExtensions: false,
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../../tsconfig.json', compilerOptions, include: ['*.ts'] }),
  )
})

/** What the compiler says against these, as a reader would see it who copies them. */
async function compile(snippets: readonly Snippet[]): Promise<string> {
  for (const { name, code } of snippets) await writeFile(join(folder, `${name}.ts`), `${code}\nexport {}\n`)
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  return new Promise(resolve => {
    execFile(process.execPath, [compiler, '--project', folder], { cwd: folder }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    )
  })
}

test('every block of TypeScript in README, docs and comments compiles', { timeout: 120_000 }, async () => {
  const pages = documentPaths().flatMap(path => snippetsOf(path, readDocument(path)))
  const examples = sourceExamples()
  expect(pages.filter(({ name }) => name.startsWith('README'))).not.toEqual([])
  expect(examples.length).toBeGreaterThanOrEqual(6)
  expect(await compile([...pages, ...examples])).toBe('')
})

test('a block that does not compile is named', { timeout: 120_000 }, async () => {
  const wrong = {
    name: 'wrong-1',
    code: "import { relyingParty } from 'express-oidc-rp'\nrelyingParty({ isuer: 'a' })",
  }
  const said = await compile([wrong])
  await rm(join(folder, 'wrong-1.ts'))
  expect(said).toContain('wrong-1.ts')
  expect(said).toContain('isuer')
})

test('README begins with an app of at most 20 lines', () => {
  const [first] = snippetsOf('README.md', readDocument('README.md'))
  const lines = (first?.code ?? '').split('\n').filter(line => line.trim() !== '')
  expect(lines.length).toBeGreaterThan(5)
  expect(lines.length).toBeLessThanOrEqual(20)
})

test('README is a front page of at most 200 lines', () => {
  expect(readDocument('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(200)
})

test.each(['index', 'redis', 'postgres', 'sqlite', 'opentelemetry', 'testing'])(
  'the reference names what %s exports',
  async door => {
    const names = Object.keys(await import(`../../../src/${door}.ts`))
    expect(names.length).toBeGreaterThan(0)
    const [, exported = ''] = readDocument('docs/reference.md').split(/^## Exports$|^## On a request$/m)
    expect(names.filter(name => !new RegExp(`\\b${name}\\b`).test(exported))).toEqual([])
  },
)

const frontPages = ['README.md', 'docs/index.md']

test.each(documentPaths().filter(path => !frontPages.includes(path)))(
  'README and the site lead to %s',
  path => {
    expect(readDocument('README.md')).toContain(`(${path})`)
    expect(readDocument('docs/.vitepress/sidebar.ts')).toContain(`'/${path.replace(/\.md$/, '')}'`)
  },
)

test.each(documentPaths())('the links in %s lead somewhere', path => {
  expect(brokenLinks(path, readDocument(path))).toEqual([])
})

const { files } = JSON.parse(readDocument('package.json')) as { files: string[] }

test.each([...documentPaths(), 'CHANGELOG.md'])('the links in %s lead to files of the package', path => {
  expect(unpackedLinks(path, readDocument(path), files)).toEqual([])
})

test('a link to a file that is not packed is named', () => {
  const text =
    '[a](test/x.test.ts) ![b](../docs/x.png) [c](docs/errors.md#code) [d](https://op.test) [e](#here)'
  expect(unpackedLinks('README.md', text, files)).toEqual(['test/x.test.ts', '../docs/x.png'])
})

test('a link that leads nowhere is named', () => {
  const text = '[a](docs/no-such-page.md) [b](docs/errors.md#no-such-code) [c](../elsewhere.md) [d](#nothing)'
  expect(brokenLinks('README.md', `# One\n${text} [e](#one) [f](https://op.test) \`[g](h)\``)).toEqual([
    'docs/no-such-page.md',
    'docs/errors.md#no-such-code',
    '../elsewhere.md',
    '#nothing',
  ])
})
