import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { mountPointOf } from '../../../src/stores/files/container.ts'
import { test } from '../../support/cli/cli.ts'
import { findingOf, statesOf } from '../../support/cli/command-line.ts'

describe('store', () => {
  test('that contains other files is reported, with the setting to change', async ({ cli, directory }) => {
    await mkdir(directory, { recursive: true })
    await writeFile(join(directory, 'photo.jpg'), '')
    const ran = await cli('doctor --json')
    expect([ran.code, findingOf(ran, 'store')]).toMatchObject([
      1,
      { state: 'failed', fix: expect.stringContaining('OIDC_STORE') },
    ])
    expect(statesOf(ran)).toEqual(expect.arrayContaining(['discovery passed', 'client failed']))
  })

  test.for([
    ['shared: true', 'replicas passed', 'Every replica that uses the test'],
    ['shared: false', 'replicas skipped', 'cannot see the record of the app'],
  ] as const)(
    'written by the app, with %s, is reported as such',
    async ([shared, state, sentence], { cli, folder }) => {
      const text = `const kept = new Map()
      const set = async (key, value) => { kept.set(key, value); return '1' }
      const get = async key => kept.has(key) ? { value: kept.get(key), version: '1' } : undefined
      const store = { get, set, delete: async key => kept.delete(key), location: 'the test', ${shared} }
      export const options = { store, name: 'shop' }`
      await writeFile(join(folder, 'oidc.mjs'), text)
      const ran = await cli('doctor --config oidc.mjs --json')
      expect(statesOf(ran)).toEqual(expect.arrayContaining(['store passed', state]))
      expect(findingOf(ran, 'replicas')?.['sentence']).toContain(sentence)
    },
  )

  test('that loses data or never answers fails', async ({ cli, folder }) => {
    for (const get of ['async () => undefined', '() => new Promise(() => undefined)']) {
      const text = `const store = { get: ${get}, set: async () => '1', delete: async () => true, location: 'the test', shared: true }
        export const options = { store, name: 'shop' }`
      await writeFile(join(folder, `oidc-${get.length}.mjs`), text)
      const ran = await cli(`doctor --config oidc-${get.length}.mjs --json`)
      expect(findingOf(ran, 'store')).toMatchObject({
        state: 'failed',
        fix: expect.stringContaining('options.store'),
      })
    }
  })

  test('in a container without a volume is a warning', async ({ cli, environment, directory }) => {
    const inPod = { environment: { ...environment, KUBERNETES_SERVICE_HOST: '10.0.0.1' } }
    const ran = await cli('doctor --json', inPod)
    expect([ran.code, findingOf(ran, 'volume')]).toMatchObject([
      0,
      { state: 'warning', fix: expect.stringContaining(directory) },
    ])
  })

  test('does not grow with each run', async ({ cli, directory }) => {
    await cli('doctor')
    const once = await readdir(directory)
    for (let count = 0; count < 3; count++) await cli('doctor')
    expect((await readdir(directory)).length).toBe(once.length)
  })
})

test('the mount point is the longest one that contains the path', () => {
  const mounts = [
    '1 0 0:1 / / rw - overlay',
    '2 1 0:2 / /data rw - ext4',
    '3 1 0:3 / /my\\040data rw - ext4',
  ].join('\n')
  const found = ['/data/oidc', '/data', '/database', '/my data/x'].map(path => mountPointOf(path, mounts))
  expect(found).toEqual(['/data', '/data', '/', '/my data'])
})
