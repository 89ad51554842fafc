import fs from 'node:fs'
import { chmod, mkdir, readdir, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, test, vi } from 'vitest'
import type { Store } from '../../src/index.ts'
import { sqliteStore } from '../../src/sqlite.ts'
import { storeContract } from '../support/stores/store-contract.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const freshPath = async (): Promise<string> => join(await temporaryDirectory(), 'records', 'oidc.sqlite')
const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)

afterEach(() => void vi.restoreAllMocks())

storeContract('sqliteStore', async () => sqliteStore(await freshPath()))

test('says where it is, and that the processes of one machine share it', async () => {
  expect(sqliteStore('/var/lib/shop/oidc.sqlite')).toMatchObject({
    shared: true,
    location: '/var/lib/shop/oidc.sqlite',
    durability: 'durable',
  })
  expect(sqliteStore(await freshPath())).toMatchObject({ durability: 'temporary' })
})

test.each([undefined, '', 7, {}, new URL('file:///a')])('refuses %j in place of a path', wrong => {
  expect(() => sqliteStore(wrong as string)).toThrow(
    expect.objectContaining({
      code: 'ERR_OIDC_INVALID_OPTION',
      message: 'sqliteStore(): the argument must be the path of a file.',
    }),
  )
})

test('a Node.js without node:sqlite is told which one has it', () => {
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
  expect(() => sqliteStore('oidc.sqlite')).toThrow(/^sqliteStore\(\): this Node\.js, v.+ since 22\.13\. /)
})

test('keeps what it is given over a restart, in files that only this user can read', async () => {
  const path = await freshPath()
  const version = await sqliteStore(path).set('client:a', 'kept')
  expect(await sqliteStore(path).get('client:a')).toEqual({ value: 'kept', version })
  const names = await readdir(join(path, '..'))
  expect(names.sort()).toEqual(['oidc.sqlite', 'oidc.sqlite-shm', 'oidc.sqlite-wal'])
  for (const name of names) expect([name, await modeOf(join(path, '..', name))]).toEqual([name, '600'])
  expect(await modeOf(join(path, '..'))).toBe('700')
})

test('makes a file private that others could read', async () => {
  const path = join(await temporaryDirectory(), 'oidc.sqlite')
  await writeFile(path, '')
  await chmod(path, 0o644)
  await sqliteStore(path).set('client:a', 'kept')
  expect(await modeOf(path)).toBe('600')
})

test.each(['-wal', '-shm', '-journal'])(
  'makes a file private that is beside it and ends in %s, or refuses it if another user made it',
  async ending => {
    const path = join(await temporaryDirectory(), 'oidc.sqlite')
    const before = new DatabaseSync(path)
    before.exec('pragma journal_mode = wal; create table other (name)')
    before.close() // the last connection removes the files beside it
    await writeFile(path + ending, '')
    await chmod(path + ending, 0o666)
    const link = join(await temporaryDirectory(), 'link.sqlite')
    await symlink(path, link)
    const store = sqliteStore(link)
    expect(await store.set('client:b', 'kept')).toBeDefined()
    if (ending !== '-journal') expect(await modeOf(path + ending)).toBe('600')

    const { lstatSync } = fs
    await writeFile(path + ending, '', { flag: 'a' }) // SQLite removes an empty journal
    vi.spyOn(fs, 'lstatSync').mockImplementation(((file: string, options: object) => {
      const found = lstatSync(file, options)
      return found && file.endsWith(ending) ? Object.assign(found, { uid: Number(found.uid) + 1 }) : found
    }) as never)
    const file = (await realpath(path)) + ending
    await expect(sqliteStore(link).set('client:c', 'not kept')).rejects.toMatchObject({
      code: 'ERR_OIDC_STORE_UNAVAILABLE',
      message: expect.stringContaining(`The file ${file} belongs to another user.`),
    })
  },
)

test('returns any text unchanged, half of a character too', async () => {
  const store = sqliteStore(await freshPath())
  await store.set('a', '\ud800 \u0000')
  expect((await store.get('a'))?.value).toBe('\ud800 \u0000')
})

const removals: readonly (readonly [string, (path: string) => Promise<unknown>])[] = [
  ['removed', path => rm(path)],
  ['moved away', path => rename(path, `${path}.old`)],
  ['removed with its folder', path => rm(join(path, '..'), { recursive: true })],
]
test.each(removals)('starts from scratch when the file was %s, for every process', async (_, remove) => {
  const path = await freshPath()
  const [one, other] = [sqliteStore(path), sqliteStore(path)]
  await one.set('a', 'lost')
  await other.get('a')
  await remove(path)
  expect(await one.get('a')).toBeUndefined()
  await one.set('b', 'kept')
  expect((await other.get('b'))?.value).toBe('kept')
  expect((await sqliteStore(path).get('b'))?.value).toBe('kept')
})

test.each([
  ['no database', (path: string) => writeFile(path, 'x'.repeat(5_000))],
  ['a folder', (path: string) => mkdir(path, { recursive: true })],
] as const)('names the file that is %s, and works once it is gone', async (what, spoil) => {
  const path = join(await temporaryDirectory(), 'oidc.sqlite')
  await spoil(path)
  const store = sqliteStore(path)
  const error: unknown = await store.get('a').catch(failure => failure)
  if (what === 'no database') expect(error).toMatchObject({ code: 'ERR_OIDC_STORE_CORRUPT' })
  expect(error).toMatchObject({ message: expect.stringContaining(path) })
  await rename(path, `${path}.old`)
  expect(await store.set('a', 'b', { ifAbsent: true })).toBeDefined()
})

test('a row of another program is refused, and none of it is shown', async () => {
  const path = await freshPath()
  const store = sqliteStore(path)
  await store.set('client:a', 'first')
  new DatabaseSync(path).exec("update oidc_store set value = 'a secret of others'")
  const error: unknown = await store.get('client:a').catch(failure => failure)
  expect(error).toMatchObject({
    code: 'ERR_OIDC_STORE_CORRUPT',
    message: expect.stringContaining('"client"'),
  })
  expect(String(error)).not.toContain('secret')
})

test('waits for another process that writes, without blocking this one', async () => {
  const path = await freshPath()
  const store = sqliteStore(path)
  await store.set('a', 'first')
  const other = new DatabaseSync(path)
  other.exec('begin immediate')
  const waiting = store.set('a', 'second')
  expect((await store.get('a'))?.value).toBe('first')
  other.exec('commit')
  expect(await waiting).toBeDefined()
  expect((await store.get('a'))?.value).toBe('second')
})

test('sweeps what has expired, and nothing else, at its first write', async () => {
  const path = await freshPath()
  const first: Store = sqliteStore(path)
  await first.set('stays', 'for ever')
  await first.set('stays for now', 'long', { lifetime: 600 })
  for (let index = 0; index < 50; index++) await first.set(`goes:${index}`, 'short', { lifetime: 0.001 })
  await expect.poll(() => first.get('goes:49')).toBeUndefined()
  const rows = (): unknown => new DatabaseSync(path).prepare('select count(*) as n from oidc_store').get()
  await sqliteStore(path).set('also stays', 'for ever')
  await expect.poll(rows).toEqual({ n: 3 })
})
