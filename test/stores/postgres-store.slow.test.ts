import { randomBytes } from 'node:crypto'
import { Client, Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/index.ts'
import { type PostgresPool, postgresStore } from '../../src/postgres.ts'
import { sealedStore } from '../../src/stores/sealed-store.ts'
import { postgresIsMissing, startPostgres } from '../support/processes/postgres-server.ts'
import type { Service } from '../support/processes/service.ts'
import { storeContract } from '../support/stores/store-contract.ts'
import { expectFairRaces } from '../support/stores/store-race.ts'

const sealingKey = randomBytes(32)
const freshTable = (): string => `store_${randomBytes(8).toString('hex')}`
/** Every test has a table of its own. */
const fresh = (pool: PostgresPool): Store => postgresStore(pool, { table: freshTable() })

describe.skipIf(postgresIsMissing())('postgresStore', () => {
  let server: Service
  let pool: Pool
  let strict: Pool

  beforeAll(async () => {
    server = await startPostgres()
    pool = poolOf()
    strict = poolOf({ options: '-c default_transaction_isolation=serializable' })
  }, 60_000)

  afterAll(async () => {
    await Promise.all([pool.end(), strict.end()])
    await server.remove()
  })

  const own = (): object => ({ host: '127.0.0.1', port: server.port, user: 'postgres' })

  function poolOf(config: object = {}): Pool {
    return new Pool({ ...own(), max: 20, ...config }).on('error', () => undefined)
  }

  /** What a pooler in transaction mode may do: the next statement runs in another session. */
  async function queryInNewSession(text: string, values: unknown[]) {
    const client = new Client(own())
    await client.connect()
    try {
      return await client.query(text, values)
    } finally {
      await client.end()
    }
  }

  const pools: readonly (readonly [name: string, pool: () => PostgresPool])[] = [
    ['a pool of pg', () => pool],
    ['serializable transactions', () => strict],
    ['a session for each statement', () => ({ query: queryInNewSession })],
  ]
  for (const [name, choose] of pools) storeContract(`with ${name}`, () => fresh(choose()))
  storeContract('with a pool of pg, sealed', () => sealedStore(fresh(pool), [sealingKey]))

  test('says where it is', () => {
    const location = `PostgreSQL at 127.0.0.1:${server.port} (table oidc_store)`
    expect(postgresStore(pool)).toMatchObject({ shared: true, location })
  })

  test(
    'loses no update and lets one writer win, of 8 processes in 25 rounds',
    {
      timeout: 120_000,
    },
    () => expectFairRaces('postgres', server.port, postgresStore(pool)),
  )

  test('makes its table once when 32 use it for the first time at once', async () => {
    for (let round = 1; round <= 10; round++) {
      const table = freshTable()
      const users = Array.from({ length: 32 }, () => poolOf({ max: 1 }))
      const stores = users.map(user => postgresStore(user, { table }))
      await Promise.all(users.map(user => user.query('select 1')))
      const versions = await Promise.all(
        stores.map((store, index) => store.set('first', String(index), { ifAbsent: true })),
      )
      expect(versions.filter(Boolean)).toHaveLength(1)
      const indexes = await pool.query('select indexname from pg_indexes where tablename = $1', [table])
      expect(indexes.rows).toHaveLength(2)
      await Promise.all(users.map(user => user.end()))
    }
  }, 60_000)

  test('makes its table again when it is gone, in a schema too', async () => {
    await pool.query('create schema "select"')
    const store = postgresStore(pool, { table: 'select.table' })
    await store.set('a', 'b')
    await pool.query('drop table "select"."table"')
    expect(await store.get('a')).toBeUndefined()
    expect(await store.set('a', 'b', { ifAbsent: true })).toBeDefined()
  })

  test('sweeps what has expired, and nothing else, at its first write and then once a minute', async () => {
    const table = freshTable()
    const writer = postgresStore(pool, { table })
    await writer.set('stays', 'for ever')
    await writer.set('stays for now', 'long', { lifetime: 600 })
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => writer.set(`goes:${index}`, 'short', { lifetime: 1 })),
    )
    const count = async () => (await pool.query(`select from ${table}`)).rows.length
    expect(await count()).toBe(102)
    await expect.poll(() => writer.get('goes:99')).toBeUndefined()
    await postgresStore(pool, { table }).set('also stays', 'for ever')
    await expect.poll(count).toBe(3)
  })

  test('finds what has expired by an index', async () => {
    const table = freshTable()
    const asked: string[] = []
    const store = postgresStore(
      {
        query(text, values) {
          asked.push(text)
          return pool.query(text, values)
        },
      },
      { table },
    )
    await store.set('a', 'b')
    const sweep = asked.find(text => text.includes('skip locked'))
    await pool.query(`insert into ${table} select n::text, '""', 'v', null from generate_series(1, 50000) n`)
    await pool.query(`analyze ${table}`)
    const plan = await pool.query(`explain ${sweep}`)
    expect(JSON.stringify(plan.rows)).toContain(`${table}_expires_at`)
    expect(JSON.stringify(plan.rows)).not.toContain('Seq Scan')
  })
})
