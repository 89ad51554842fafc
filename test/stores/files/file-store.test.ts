import { chmod, mkdir, readdir, readFile, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { embeddedStore, type Store } from '../../../src/index.ts'
import { fileStore } from '../../../src/stores/files/file-store.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const posix = process.platform !== 'win32'
let parent: string
let directory: string

beforeEach(async () => {
  parent = await temporaryDirectory()
  directory = join(parent, 'records')
})

const minuteAgo = new Date(Date.now() - 61_000)
const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)
const files = async (): Promise<string[]> => (await readdir(directory)).filter(name => name !== '.gitignore')
const records = async (): Promise<string[]> => (await files()).filter(name => name.endsWith('.json'))
const newest = async (): Promise<string> => join(directory, (await records()).sort().at(-1) ?? '')

test('survives a restart', async () => {
  const version = await fileStore(directory).set('client:a', 'kept')
  expect(await fileStore(directory).get('client:a')).toEqual({ value: 'kept', version })
})

test('shows one store object what another on the same folder writes', async () => {
  const [one, other] = [fileStore(directory), fileStore(directory)]
  const version = String(await one.set('client:a', 'one'))
  expect(await other.get('client:a')).toEqual({ value: 'one', version })
  expect(await other.set('client:a', 'other', { ifVersion: version })).toBeDefined()
  expect(await one.set('client:a', 'late', { ifVersion: version })).toBeUndefined()
  expect(await other.delete('client:a')).toBe(true)
  expect(await one.get('client:a')).toBeUndefined()
})

test('touches no disk before it is used', () => {
  for (const make of [fileStore, embeddedStore])
    expect(() => make(join(parent, 'missing', '\0'))).not.toThrow()
})

test('keeps few files, however often a key was written a minute ago', async () => {
  const store = fileStore(directory)
  for (let write = 0; write < 50; write++) await store.set('client:a', String(write))
  for (const name of await files()) await utimes(join(directory, name), minuteAgo, minuteAgo)
  await store.set('client:a', 'last')
  expect((await files()).length).toBeLessThanOrEqual(2)
  expect((await store.get('client:a'))?.value).toBe('last')
})

test('leaves no value behind in a file when its key is deleted', async () => {
  const store = fileStore(directory)
  await store.set('client:a', 'canary')
  await store.set('client:a', 'canary')
  await store.delete('client:a')
  for (const name of await files())
    expect(await readFile(join(directory, name), 'utf8')).not.toContain('canary')
})

test('embeddedStore keeps client records over a restart, and the rest in memory', async () => {
  const store = embeddedStore(directory)
  await store.set('client:a', 'kept')
  await store.set('used:a', 'gone')
  expect((await embeddedStore(directory).get('client:a'))?.value).toBe('kept')
  expect(await embeddedStore(directory).get('used:a')).toBeUndefined()
  expect(JSON.stringify(await files())).not.toContain('used')
})

describe.runIf(posix)('the folder', () => {
  test('is for the owner alone, as is every file in it, and git ignores it', async () => {
    await fileStore(directory).set('client:a', 'secret')
    expect(await modeOf(directory)).toBe('700')
    for (const name of await readdir(directory)) expect(await modeOf(join(directory, name))).toBe('600')
    expect(await readFile(join(directory, '.gitignore'), 'utf8')).toBe('*\n')
  })

  test('is closed to others when it was open', async () => {
    await mkdir(directory)
    await chmod(directory, 0o770)
    await fileStore(directory).set('client:a', 'secret')
    expect(await modeOf(directory)).toBe('700')
  })

  test.each(['get', 'set'] as const)('is refused for a %s when it is a link', async call => {
    await mkdir(join(parent, 'elsewhere'))
    await symlink(join(parent, 'elsewhere'), directory)
    const failure = await fileStore(directory)
      [call]('client:a', 'secret')
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'ERR_OIDC_STORE_UNAVAILABLE',
      message: expect.stringContaining(`${directory} is a link`),
    })
    expect(await readdir(join(parent, 'elsewhere'))).toEqual([])
  })

  test('is used once it is mended, without a restart', async () => {
    await mkdir(join(parent, 'elsewhere'))
    await symlink(join(parent, 'elsewhere'), directory)
    const store = fileStore(directory)
    await expect(store.get('client:a')).rejects.toThrow('is a link')
    await rename(directory, join(parent, 'link'))
    expect(await store.set('client:a', 'kept')).toBeDefined()
  })

  test('keeps a .gitignore that was there', async () => {
    await mkdir(directory)
    await writeFile(join(directory, '.gitignore'), 'node_modules/\n')
    await fileStore(directory)
      .set('client:a', 'secret')
      .catch(() => undefined)
    expect(await readFile(join(directory, '.gitignore'), 'utf8')).toBe('node_modules/\n')
  })
})

const attempts = {
  get: (store: Store) => store.get('client:a'),
  set: (store: Store) => store.set('client:a', 'b'),
  delete: (store: Store) => store.delete('client:a'),
}

describe('a damaged folder', () => {
  const torn = ['', '{', '{"key":"client:a","id":"1","val', '[]', 'null', '{}', '\0\0\0\0']

  test.each(torn)('says which file holds %j instead of a record', async content => {
    const store = fileStore(directory)
    await store.set('client:a', 'whole')
    const path = await newest()
    await writeFile(path, content)
    for (const attempt of Object.values<(store: Store) => Promise<unknown>>(attempts)) {
      const failure = await attempt(store).catch((error: unknown) => error)
      expect(failure).toMatchObject({
        code: 'ERR_OIDC_STORE_CORRUPT',
        message: expect.stringContaining(path),
      })
    }
    expect(await store.set('client:other', 'works', { ifAbsent: true })).toBeDefined()
  })

  test('never takes a record that was cut off anywhere for a whole one', async () => {
    const store = fileStore(directory)
    await store.set('client:a', 'whole')
    const path = await newest()
    const whole = await readFile(path, 'utf8')
    for (let length = 0; length < whole.length; length++) {
      await writeFile(path, whole.slice(0, length))
      await expect(store.get('client:a')).rejects.toMatchObject({ code: 'ERR_OIDC_STORE_CORRUPT' })
    }
  })

  test('starts anew when the damaged file is moved away', async () => {
    const store = fileStore(directory)
    await store.set('client:a', 'whole')
    const path = await newest()
    await writeFile(path, '{')
    await rename(path, join(parent, 'damaged'))
    expect(await store.get('client:a')).toBeUndefined()
    expect(await store.set('client:a', 'new', { ifAbsent: true })).toBeDefined()
  })

  test.each(['.bak.json', '.old.json', ' (copy).json', '~', '.json.swp'])(
    'pays no heed to a copy whose name ends in %s',
    async ending => {
      const store = fileStore(directory)
      await store.set('client:a', 'whole')
      const path = await newest()
      await writeFile(path.replace(/\.json$/, ending), 'a copy')
      expect((await store.get('client:a'))?.value).toBe('whole')
    },
  )

  test('loses temporary files that are older than a minute, and no younger ones', async () => {
    await fileStore(directory).set('client:a', 'whole')
    await writeFile(join(directory, 'old.tmp'), 'half')
    await utimes(join(directory, 'old.tmp'), minuteAgo, minuteAgo)
    await writeFile(join(directory, 'young.tmp'), 'half')
    await fileStore(directory).get('client:a')
    expect((await files()).filter(name => name.endsWith('.tmp'))).toEqual(['young.tmp'])
  })
})
