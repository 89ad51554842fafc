import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import lock from '../../package-lock.json' with { type: 'json' }

interface Locked {
  readonly version?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly peer?: boolean
  readonly hasInstallScript?: boolean
  readonly resolved?: string
  readonly integrity?: string
}

const locked = Object.entries(lock.packages as Readonly<Record<string, Locked>>).filter(
  ([path]) => path !== '',
)
/** What an app installs with this library. */
const shipped = locked.filter(([, { dev, devOptional, peer }]) => !dev && !devOptional && !peer)

test('an app installs at most three packages with this one, and none of them runs a script', () => {
  expect(Object.keys(manifest.dependencies).length).toBeGreaterThan(0)
  expect(shipped.map(([path]) => path.replace('node_modules/', ''))).toEqual(
    expect.arrayContaining(Object.keys(manifest.dependencies)),
  )
  expect(Object.keys(manifest.dependencies).length).toBeLessThanOrEqual(3)
  expect(shipped.length).toBeLessThanOrEqual(3)
  expect(shipped.filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([])
  expect(Object.keys(manifest.scripts).filter(name => /^(pre|post)?install$|^prepare$/.test(name))).toEqual(
    [],
  )
})

test('each of them is pinned by what it contains', () => {
  expect(shipped.length).toBeGreaterThan(1)
  const loose = locked.filter(
    ([, { resolved, integrity }]) => resolved !== undefined && !integrity?.startsWith('sha512-'),
  )
  expect(loose.map(([path]) => path)).toEqual([])
})

const readText = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8')
const workflows = readdirSync(join(import.meta.dirname, '../../.github/workflows'))

test.each(workflows)('the workflow %s runs only actions that cannot change, with few permissions', name => {
  const text = readText(`.github/workflows/${name}`)
  const used = [...text.matchAll(/uses: (.+)$/gm)].map(([, action]) => action)
  expect(used.length).toBeGreaterThan(0)
  for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  expect(text).toMatch(/^permissions:( \{\}|\n {2}contents: read)\n(?! )/m)
  expect(text.match(/persist-credentials: false/g)?.length).toBe(used.length)
})

test('a release is published after signatures and tests, from an address that npm can show', () => {
  const text = readText('.github/workflows/publish.yml')
  const steps = [
    'npm ci --ignore-scripts',
    'npm audit signatures',
    '.ci/run',
    'repository.url=',
    'npm publish --provenance',
  ]
  const places = steps.map(step => text.indexOf(step))
  expect(places).not.toContain(-1)
  expect(places).toEqual(places.toSorted((one, other) => one - other))
})

test('a sub path has types for compilers that do not read `exports`, and a consumer imports it with one', () => {
  const subPaths = Object.keys(manifest.exports)
    .filter(path => path !== '.' && path !== './package.json')
    .map(path => path.slice(2))
  expect(subPaths.length).toBeGreaterThan(2)
  expect(manifest.typesVersions).toEqual({
    '*': Object.fromEntries(subPaths.map(path => [path, [`./dist/${path}.d.ts`]])),
  })
  const consumer = readText('test/consumers/commonjs.ts')
  for (const path of subPaths) expect(consumer).toContain(`from '${manifest.name}/${path}'`)
})
