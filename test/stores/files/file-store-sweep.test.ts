import { readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { fileStore } from '../../../src/stores/files/file-store.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

afterEach(() => void vi.useRealTimers())

const minuteAgo = new Date(Date.now() - 61_000)

test('sweeps at its start what has been over for a minute, and brings no older value to light', async () => {
  const directory = join(await temporaryDirectory(), 'records')
  const records = async () => (await readdir(directory)).filter(name => name.endsWith('.json'))
  const store = fileStore(directory)
  await store.set('client:stays', 'for ever')
  await store.set('client:over', 'an older value')
  await store.set('client:over', 'short', { lifetime: 0.001 })
  await store.set('client:deleted', 'gone')
  await store.delete('client:deleted')
  await store.set('client:fresh', 'short', { lifetime: 0.001 })
  for (const name of await records()) {
    const path = join(directory, name)
    const writing = JSON.parse(await readFile(path, 'utf8'))
    if (writing.key === 'client:fresh') continue
    if (writing.expiresAt)
      await writeFile(path, JSON.stringify({ ...writing, expiresAt: Date.now() - 61_000 }))
    await utimes(path, minuteAgo, minuteAgo)
  }
  const next = fileStore(directory)
  expect(await next.get('client:over')).toBeUndefined()
  expect(new Set((await records()).map(name => name.split('.')[0]))).toEqual(
    new Set(['client-fresh', 'client-stays']),
  )
  expect(await next.get('client:stays')).toMatchObject({ value: 'for ever' })
})

test('removes no client and no key at a start while the clock is a day ahead', async () => {
  const directory = join(await temporaryDirectory(), 'records')
  for (const key of ['client:a', 'key:a']) await fileStore(directory).set(key, 'kept')
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_000 })
  const ahead = fileStore(directory)
  await ahead.set('lease:a', 'held', { lifetime: 15 })
  vi.useRealTimers()
  for (const key of ['client:a', 'key:a'])
    expect(await fileStore(directory).get(key)).toMatchObject({ value: 'kept' })
})
