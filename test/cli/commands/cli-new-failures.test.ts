import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { writeNewFolder } from '../../../src/cli/new-folder.ts'
import { test } from '../../support/cli/cli.ts'

test.runIf(process.platform === 'linux').for(['/proc/shop', '/proc/apps/shop'])(
  'new comes to an end in %s, where no folder can be made',
  async (argument, { cli }) => {
    const { code, err } = await cli(`new ${argument}`)
    expect(code).toBe(1)
    expect(err).toMatch(
      /^DIRECTORY must be .+: \/proc\/.*shop could not be written \(E\w+\)\. Use .+\. Nothing was created\.$/,
    )
  },
)

describe('a failure while files are written leaves nothing behind', () => {
  const impossible = new Map([
    ['a', ''],
    ['a/b', ''],
  ])

  test('in a new folder, or in one that was empty', async ({ folder }) => {
    await expect(writeNewFolder(join(folder, 'shop'), impossible)).rejects.toThrow(/EEXIST|ENOTDIR/)
    expect(await readdir(folder)).toEqual([])
    await mkdir(join(folder, 'shop'))
    await expect(writeNewFolder(join(folder, 'shop'), impossible)).rejects.toThrow(/EEXIST|ENOTDIR/)
    expect(await readdir(join(folder, 'shop'))).toEqual([])
  })

  test('nor in the folders above, which it made or which were there', async ({ folder }) => {
    await mkdir(join(folder, 'apps'))
    await expect(writeNewFolder(join(folder, 'apps/web/shop'), impossible)).rejects.toThrow(
      'Nothing was created.',
    )
    expect(await readdir(folder, { recursive: true })).toEqual(['apps'])
  })

  test('nor does one while they are moved', async ({ folder }) => {
    await mkdir(join(folder, 'shop/b'), { recursive: true })
    const files = new Map([
      ['a', ''],
      ['b', ''],
    ])
    await expect(writeNewFolder(join(folder, 'shop'), files)).rejects.toThrow(/EISDIR/)
    expect(await readdir(join(folder, 'shop'))).toEqual(['b'])
  })
})
