import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test as base } from '../../support/cli/cli.ts'
import { spawnCommand } from '../../support/cli/command-line.ts'
import { mountSmallDisk, smallDiskIsMissing } from '../../support/faults/small-disk.ts'

const NOBODY = 65_534

describe.skipIf(smallDiskIsMissing())('new leaves nothing behind, and says how to go on,', () => {
  const test = base.extend('disk', ({ folder, onTestFinished }) => {
    const disk = mountSmallDisk(folder)
    onTestFinished(() => disk.remove())
    return disk
  })

  test.for([
    ['shop', []],
    ['apps/web/shop', []],
    ['empty', ['empty']],
  ] as const)(
    'on a disk that is full half way through %s',
    async ([argument, left], { cli, disk, folder }) => {
      for (const name of left) await mkdir(join(folder, name))
      await writeFile(join(folder, 'ballast'), Buffer.alloc(48 * 1024))
      const { code, out, err } = await cli(`new ${argument}`)
      expect([code, out]).toEqual([1, ''])
      expect(err).toBe(
        `DIRECTORY must be on a disk with room for the app: ${join(folder, argument)} could not be written (ENOSPC). Free some space, or use a folder on another disk. Nothing was created.`,
      )
      expect(await readdir(folder, { recursive: true })).toEqual(['ballast', ...left])
      await disk.empty()
      expect((await cli(`new ${argument}`)).code).toBe(0)
    },
  )

  test.for(['shop', 'apps/web/shop'])(
    'on a disk that is read-only, %s',
    async (argument, { cli, disk, folder }) => {
      disk.set('ro')
      const { code, out, err } = await cli(`new ${argument}`)
      expect([code, out]).toEqual([1, ''])
      expect(err).toMatch(
        /^DIRECTORY must be on a disk that can be written to: .+shop could .+ \(EROFS\)\. Use a folder/,
      )
      expect(await readdir(folder)).toEqual([])
      disk.set('rw')
      expect((await cli(`new ${argument}`)).code).toBe(0)
    },
  )

  test.for([
    ['shop', []],
    ['apps/web/shop', []],
    ['empty', ['empty']],
  ] as const)('where this user may not write, %s', async ([argument, left], { disk, folder }) => {
    for (const name of left) await mkdir(join(folder, name))
    const create = () => spawnCommand(['new', argument], {}, folder, NOBODY)
    await chmod(folder, 0o755)
    const { code, out, err } = await create()
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(
      /^DIRECTORY must be a place where this user may write: .+ \(EACCES\)\. Use another folder, or/,
    )
    expect(await readdir(folder, { recursive: true })).toEqual(left)
    for (const name of ['.', ...left]) await chmod(join(folder, name), 0o777)
    expect((await create()).code).toBe(0)
    await disk.empty()
  })
})
