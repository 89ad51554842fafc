import { readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fileStore } from '../../../src/stores/files/file-store.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

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
