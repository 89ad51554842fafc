import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sidebar } from '../../../docs/.vitepress/sidebar.ts'
import { starters } from '../../../src/cli/starter.ts'

const root = join(import.meta.dirname, '../../..')
const examples = readdirSync(join(root, 'examples')).filter(name => existsSync(pathOf(name, 'package.json')))
const { version } = JSON.parse(readText('package.json'))

test('there are examples, and README and the site list each', () => {
  const readme = readText('README.md')
  const listed = sidebar.flatMap(({ items }) => items.map(({ link }) => link))
  expect(examples.length).toBeGreaterThan(4)
  expect(starters).toEqual(examples)
  for (const name of examples) expect(readme).toContain(`[\`${name}\`](examples/${name}/README.md)`)
  expect(listed).toEqual(expect.arrayContaining(examples.map(name => `/examples/${name}/README`)))
})

describe.each(examples)('the example %s', name => {
  test('wants this version of the library', () => {
    const { dependencies } = JSON.parse(read(name, 'package.json'))
    expect(dependencies['express-oidc-rp']).toBe(`^${version}`)
  })

  test('has a README that says how it starts, with scripts that there are', () => {
    const { scripts } = JSON.parse(read(name, 'package.json'))
    const readme = read(name, 'README.md')
    const said = [...readme.matchAll(/npm (?:run ([\w-]+)|(start|test)\b)/g)].map(
      ([, run, short]) => run ?? short,
    )
    expect(readme).toContain('npm install')
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(said))
    expect(said).not.toEqual([])
  })

  test('says which Node.js it needs, and which one to use', () => {
    const { engines } = JSON.parse(read(name, 'package.json'))
    expect(engines.node).toMatch(/>=22\.\d+\.0$/)
    expect(read(name, '.nvmrc')).toBe('24\n')
  })

  test('names in .env.example every variable that its code reads, and marks .env as private', () => {
    const named = [...read(name, '.env.example').matchAll(/^#?([A-Z_]+)=/gm)].map(([, variable]) => variable)
    expect(named).toEqual(expect.arrayContaining(variablesOf(name)))
    for (const file of ['.gitignore', ...(existsSync(pathOf(name, 'Dockerfile')) ? ['.dockerignore'] : [])])
      expect(read(name, file).split('\n')).toContain('.env')
  })

  test('has a health check, and uses it in its containers', () => {
    expect(codeOf(name)).toContain("'/healthz'")
    const files = ['Dockerfile', 'compose.yaml'].map(file => existsSync(pathOf(name, file)))
    expect(files).toEqual(['cluster', 'hydra'].includes(name) ? [true, true] : [false, false])
    if (files[0]) expect(read(name, 'Dockerfile')).toMatch(/^HEALTHCHECK [\s\S]*:3000\/healthz/m)
  })
})

test.each([
  ['server.ts', ['guarded-api', 'spa-bff', 'hydra']],
  ['auth.ts', ['spa-bff']],
])('%s is the same in basic and in the others', (file, others) => {
  for (const name of others) expect(read(name, `src/${file}`)).toBe(read('basic', file))
})

test('the check against other sites is the same in both examples that have it', () => {
  expect(read('live', 'src/same-origin.ts')).toBe(read('spa-bff', 'src/same-origin.ts'))
})

test('the example hydra starts the version of Ory Hydra that README says is tested', () => {
  const [, tested = ''] = /^\| \[Ory Hydra\]\(\S+\) \| ([\d.]+) \|/m.exec(readText('README.md')) ?? []
  expect(readText('test/providers/hydra-module/go.mod')).toContain(`hydra/v2 v${tested}\n`)
  expect(read('hydra', 'compose.yaml')).toContain(`oryd/hydra:v${tested} `)
  expect(read('hydra', 'README.md')).toContain(`Hydra ${tested}`)
})

/** Set by the example itself, or by everyone's shell. */
const GIVEN = ['PATH', 'REPLICA']

/** The variables of the environment that the code of an example reads. */
function variablesOf(name: string): string[] {
  const code = codeOf(name)
  const destructured = [...code.matchAll(/const \{([^}]*(?:\$\{[^}]*\}[^}]*)*)\} =\s+process\.env/g)]
  const names = destructured.flatMap(([, list = '']) => [
    ...list.matchAll(/\b([A-Z_]{2,})\b(?=\s*[,:=}]|\s*$)/gm),
  ])
  const single = [...code.matchAll(/process\.env\['([A-Z_]+)'\]/g)]
  const all = [...names, ...single].map(([, variable = '']) => variable)
  return [...new Set(all)].filter(variable => !GIVEN.includes(variable)).sort()
}

/** All code of an example, except its tests. */
function codeOf(name: string): string {
  const files = readdirSync(pathOf(name, '.'), { recursive: true, encoding: 'utf8' })
  const isCode = (file: string) => /\.[jt]s$/.test(file) && !/^(test|node_modules)\//.test(file)
  return files
    .filter(isCode)
    .map(file => read(name, file))
    .join('\n')
}

function pathOf(name: string, file: string): string {
  return join(root, 'examples', name, file)
}

function read(name: string, file: string): string {
  return readText(join('examples', name, file))
}

function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}
