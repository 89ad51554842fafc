import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test as base, expect } from 'vitest'
import { sqliteStore } from '../../src/sqlite.ts'
import { pass, setClock, stopClock, until } from '../support/clock.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

stopClock()

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A store with a row that lives for an hour, which was swept a minute ago, and what is in its file. */
const test = base
  .extend('path', async () => join(await temporaryDirectory(), 'oidc.sqlite'))
  .extend('store', async ({ path }) => {
    const store = sqliteStore(path)
    await store.set('login', 'live', { lifetime: 3_600 })
    pass(2 * MINUTE)
    return store
  })
  .extend('keys', ({ path }) => () => {
    const database = new DatabaseSync(path)
    const rows = database.prepare('select key from oidc_store order by key').all()
    database.close()
    return rows.map(({ key }) => key)
  })

test('a row that has expired is removed after the next write', async ({ store, keys }) => {
  pass(HOUR)
  await store.set('other', 'written')
  await until(() => keys().length === 1)
  expect(keys()).toEqual(['other'])
})

test('a clock that is set ahead and back removes nothing', async ({ store, keys }) => {
  setClock(DAY)
  await store.set('other', 'written')
  expect(await store.get('login')).toBeUndefined()
  pass(50 * MINUTE)
  await store.set('other', 'written again')
  expect(keys()).toEqual(['login', 'other'])
  setClock(-DAY)
  expect(await store.get('login')).toMatchObject({ value: 'live' })
})

test('a clock that is set ahead and stays so is believed after an hour', async ({ store, keys }) => {
  setClock(DAY)
  await store.set('other', 'written')
  pass(HOUR)
  await store.set('other', 'written again')
  await until(() => keys().length === 1)
  expect(keys()).toEqual(['other'])
})
