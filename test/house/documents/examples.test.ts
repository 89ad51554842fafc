import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const examples = readdirSync(join(root, 'examples')).filter(name => existsSync(pathOf(name, 'package.json')))
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

test('there are examples, and README lists each', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  expect(examples.length).toBeGreaterThan(4)
  for (const name of examples) expect(readme).toContain(`[\`${name}\`](examples/${name}/README.md)`)
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
})

test.each([
  ['server.ts', ['guarded-api', 'spa-bff', 'hydra']],
  ['auth.ts', ['spa-bff']],
])('%s is the same in basic and in the others', (file, others) => {
  for (const name of others) expect(read(name, `src/${file}`)).toBe(read('basic', file))
})

function pathOf(name: string, file: string): string {
  return join(root, 'examples', name, file)
}

function read(name: string, file: string): string {
  return readFileSync(pathOf(name, file), 'utf8')
}
