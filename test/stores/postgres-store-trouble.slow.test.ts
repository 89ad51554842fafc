import { inspect } from 'node:util'
import { Client, Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type PostgresPool, postgresStore } from '../../src/postgres.ts'
import { guardStore } from '../../src/stores/guarded-store.ts'
import { LOCKED_ROLE, postgresIsMissing, startPostgres } from '../support/processes/postgres-server.ts'
import type { Service } from '../support/processes/service.ts'

const PASSWORD = 'the-password-of-postgres'
const DEADLINE = 300

describe.skipIf(postgresIsMissing())('postgresStore', () => {
  let server: Service
  let pool: Pool

  beforeAll(async () => {
    server = await startPostgres()
    pool = poolOf('postgres', '')
    await pool.query(`create role ${LOCKED_ROLE} login password '${PASSWORD}'`)
  }, 60_000)

  afterAll(async () => {
    await pool.end()
    await server.remove()
  })

  const urlOf = (user: string, password: string, port = server.port): string =>
    `postgres://${user}:${password}@127.0.0.1:${port}/postgres`

  function poolOf(user: string, password: string, port?: number): Pool {
    return new Pool({ connectionString: urlOf(user, password, port) }).on('error', () => undefined)
  }

  test('ends each call in time while the table is locked, and works again after that', async () => {
    const store = guardStore(postgresStore(pool, { table: 'locked' }), DEADLINE)
    const ifVersion = String(await store.set('a', 'before'))
    const locker = new Client(urlOf('postgres', ''))
    await locker.connect()
    onTestFinished(() => locker.end())
    await locker.query('begin; lock table locked in access exclusive mode')
    const begun = Date.now()
    const calls = [
      store.get('a'),
      store.set('a', 'b', { ifVersion: 'another' }),
      store.set('a', 'c', { ifAbsent: true }),
      store.delete('a', { ifVersion: 'another' }),
    ]
    for (const outcome of await Promise.allSettled(calls))
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ERR_OIDC_STORE_UNAVAILABLE' } })
    expect(Date.now() - begun).toBeLessThan(DEADLINE * 3)
    await locker.query('rollback')
    await expect.poll(() => store.get('a')).toEqual({ value: 'before', version: ifVersion })
    expect(await store.set('a', 'after', { ifVersion })).toBeDefined()
  })

  test('works again after a crash of PostgreSQL', async () => {
    const store = guardStore(postgresStore(pool, { table: 'crashed' }), DEADLINE)
    const version = String(await store.set('a', 'still here'))
    await server.kill()
    await expect(store.get('a')).rejects.toMatchObject({ code: 'ERR_OIDC_STORE_UNAVAILABLE' })
    await server.start()
    await expect.poll(() => store.get('a').catch(() => undefined)).toEqual({ value: 'still here', version })
    expect(await store.set('a', 'next', { ifVersion: version })).toBeDefined()
  })

  test('says what to run where the app may not make the table', async () => {
    const locked = poolOf(LOCKED_ROLE, PASSWORD)
    onTestFinished(() => locked.end())
    const store = guardStore(postgresStore(locked, { table: 'made_by_another' }))
    const failure = (await store.get('a').catch(error => error)) as Error
    expect(failure).toMatchObject({ code: 'ERR_OIDC_STORE_UNAVAILABLE', cause: { code: '42501' } })
    const [, statements = ''] = failure.message.split('run: ')
    expect(statements).toMatch(/^create table if not exists "made_by_another" .*; create index .*;$/)
    await pool.query(statements)
    await pool.query(`grant select, insert, update, delete on made_by_another to ${LOCKED_ROLE}`)
    const version = await store.set('a', 'b')
    expect(await store.get('a')).toEqual({ value: 'b', version })
  })

  test('shows neither password nor value when it is refused', async () => {
    await pool.query('create table foreign_table (key text primary key, value text, version text)')
    await pool.query(`insert into foreign_table values ('client:a', 'the-value', 'b')`)
    await pool.query(
      'create table foreign_rows (key text primary key, value text, version text, expires_at timestamptz)',
    )
    await pool.query(`insert into foreign_rows values ('client:a', 'the-value', 'b')`)
    const refused = poolOf(LOCKED_ROLE, 'not-the-password')
    const nowhere = poolOf('postgres', PASSWORD, 1)
    const tried: readonly (readonly [Pool, string, string])[] = [
      [refused, 'oidc_store', 'ERR_OIDC_STORE_UNAVAILABLE'],
      [nowhere, 'oidc_store', 'ERR_OIDC_STORE_UNAVAILABLE'],
      [pool, 'foreign_table', 'ERR_OIDC_STORE_UNAVAILABLE'],
      [pool, 'foreign_rows', 'ERR_OIDC_STORE_CORRUPT'],
    ]
    for (const [using, table, code] of tried) {
      const store = guardStore(postgresStore(using, { table }))
      const failure: unknown = await store.get('client:a').catch(error => error)
      expect(failure).toMatchObject({ code })
      expect(inspect(failure, { depth: 9, showHidden: true })).not.toMatch(
        /password-of|the-password|the-value/,
      )
    }
    await Promise.all([refused.end(), nowhere.end()])
  })
})

describe('postgresStore refuses', () => {
  test.each([
    [undefined, 'undefined'],
    ['postgres://app:the-password@localhost', 'a string'],
    [Promise.resolve({}), 'a Promise: await it first'],
    [new Map(), 'an instance of Map'],
    [{ host: 'localhost' }, 'an object without them'],
  ])('%o as a pool, by name', (given, name) => {
    const make = () => postgresStore(given as unknown as PostgresPool)
    const wanted = 'postgresStore() takes a pool of pg, or an object with query(text, values). It was given'
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_OIDC_INVALID_OPTION' }))
    expect(make).toThrow(`${wanted} ${name}`)
    expect(make).not.toThrow('the-password')
  })

  test('a query function that answers in another way', async () => {
    const store = postgresStore({ query: async () => [[], []] as never })
    await expect(store.get('a')).rejects.toThrow('the query function must answer with { rows }')
  })

  test.each(['', 'a b', 'Users', 'a"; drop table b; --', 'a.b.c', '1a', 'a'.repeat(49), 7])(
    'the table %j',
    table => {
      const make = () => postgresStore({ query: async () => ({ rows: [] }) }, { table: table as string })
      expect(make).toThrow('options.table must be a name')
    },
  )

  test('an option that it does not know', () => {
    const make = () => postgresStore({ query: async () => ({ rows: [] }) }, { tabel: 'a' } as object)
    expect(make).toThrow('options.tabel is not an option. The options are table.')
  })
})
