import { randomUUID } from 'node:crypto'
import { OidcError } from '../vocabulary/errors.ts'
import { isObject, parseJson } from '../vocabulary/json.ts'
import { addressIn, clientError, storeOptionError, verifyOptionNames } from './client-arguments.ts'
import { statementsFor } from './postgres-statements.ts'
import type { SetOptions, Store, StoredValue } from './store.ts'

/** What {@link postgresStore} takes: a pool of `pg`, or any object with a function that runs one statement. */
export interface PostgresPool {
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly unknown[] }>
}

/** How {@link postgresStore} keeps what it is given. */
export interface PostgresStoreOptions {
  /** The table, with its schema if you like: `oidc_store` by default. Small letters, digits and underscores. */
  readonly table?: string
}

type Run = (text: string, values: unknown[]) => Promise<readonly unknown[]>

/** How often a statement is run at most, when another one was in its way. */
const ATTEMPTS = 10

const SWEEP_EVERY = 60_000

const UNDEFINED_TABLE = '42P01'
const SERIALIZATION_FAILURE = '40001'
/** What PostgreSQL says of two who create the same thing at the same time: unique violation, duplicate table, duplicate type. */
const CREATED_BY_ANOTHER: readonly unknown[] = ['23505', '42P07', '42710']

/**
 * Makes a store in one table of PostgreSQL, which all replicas of an app share. The table is made at its first use; where the
 * app's user may not, the error holds the statement. Each call is one statement and one row: it works through
 * pgbouncer in transaction mode. Time is the database's; what has expired is swept by those who write.
 *
 * The pool stays yours: listen to its `error` events, end it. Set its `statement_timeout`, so that the database gives up
 * when we have.
 *
 * @example
 * ```ts
 * import { Pool } from 'pg'
 * import { relyingParty } from 'express-oidc-rp'
 * import { postgresStore } from 'express-oidc-rp/postgres'
 *
 * const pool = new Pool({ connectionString: process.env['DATABASE_URL'] })
 * pool.on('error', console.error)
 * app.use(relyingParty({ issuer, baseUrl, name: 'shop', store: postgresStore(pool) }))
 * ```
 * @throws `ERR_OIDC_INVALID_OPTION` if what is passed is no pool, or an option is not valid.
 */
export function postgresStore(pool: PostgresPool, options: PostgresStoreOptions = {}): Store {
  verifyPool(pool)
  const table = tableOf(options)
  const location = `PostgreSQL${addressIn((pool as { options?: unknown }).options)} (table ${table})`
  const statements = statementsFor(table)
  const run = buildRun(pool, statements.create, location)
  const sweep = buildSweep(() => run(statements.sweep, []))

  return Object.freeze<Store>({
    shared: true,
    location,
    async get(key) {
      const [row] = await run(statements.get, [key])
      return row === undefined ? undefined : parse(row, key, location)
    },
    async set(key, value, { ifAbsent, ifVersion, ttl = Number.POSITIVE_INFINITY }: SetOptions = {}) {
      const version = randomUUID()
      const values = [key, JSON.stringify(value), version, Number.isFinite(ttl) ? ttl : null]
      const rows = await (ifVersion === undefined
        ? run(ifAbsent ? statements.setIfAbsent : statements.set, values)
        : run(statements.setIfVersion, [...values, ifVersion]))
      sweep()
      return rows.length === 0 ? undefined : version
    },
    async delete(key, { ifVersion } = {}) {
      const rows = await run(statements.delete, [key, ifVersion ?? null])
      return rows.length > 0
    },
  })
}

/** Runs statements: makes the table when it is not there, and tries again where a strict isolation level demands it. */
function buildRun(pool: PostgresPool, creation: readonly string[], location: string): Run {
  let creating: Promise<void> | undefined
  const create = (): Promise<void> => {
    creating ??= createTable(pool, creation, location).finally(() => {
      creating = undefined
    })
    return creating
  }
  return async (text, values) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return rowsOf(await pool.query(text, values))
      } catch (error) {
        const code = codeOf(error)
        const canMend = code === UNDEFINED_TABLE || code === SERIALIZATION_FAILURE
        if (!canMend || attempt === ATTEMPTS) throw error
        if (code === UNDEFINED_TABLE) await create()
      }
    }
  }
}

async function createTable(pool: PostgresPool, creation: readonly string[], location: string): Promise<void> {
  for (const statement of creation) {
    try {
      await pool.query(statement, [])
    } catch (error) {
      if (CREATED_BY_ANOTHER.includes(codeOf(error))) continue
      throw new OidcError('ERR_OIDC_STORE_UNAVAILABLE', {
        message: `The store in ${location} could not be created. Let somebody who may do so run: ${creation.join('; ')};`,
        cause: error,
      })
    }
  }
}

/** Removes what has expired, now and then, beside the write that happens to come. */
function buildSweep(sweep: () => Promise<unknown>): () => void {
  let next = 0
  return () => {
    if (performance.now() < next) return
    next = performance.now() + SWEEP_EVERY
    sweep().catch(() => undefined) // nothing reads what has expired; the next sweep tries again
  }
}

function rowsOf(result: unknown): readonly unknown[] {
  if (isObject(result) && Array.isArray(result['rows'])) return result['rows']
  throw storeOptionError(
    'postgresStore',
    'the query function must answer with { rows }, as a pool of pg does',
  )
}

function codeOf(error: unknown): unknown {
  return isObject(error) ? error['code'] : undefined
}

function verifyPool(pool: unknown): void {
  if (isObject(pool) && typeof pool['query'] === 'function') return
  throw clientError('postgresStore', 'a pool of pg, or an object with query(text, values)', pool)
}

function tableOf(options: PostgresStoreOptions): string {
  verifyOptionNames('postgresStore', options, ['table'])
  const { table = 'oidc_store' } = options
  if (typeof table === 'string' && /^([a-z_][a-z0-9_]{0,47}\.)?[a-z_][a-z0-9_]{0,47}$/.test(table))
    return table
  const rule = 'options.table must be a name of at most 48 small letters, digits and underscores'
  throw storeOptionError('postgresStore', `${rule}, with or without a schema and a dot before it`)
}

function parse(row: unknown, key: string, location: string): StoredValue {
  const { value, version } = isObject(row) ? row : {}
  const text = typeof value === 'string' ? parseJson(value) : undefined
  if (typeof text === 'string' && typeof version === 'string') return { value: text, version }
  throw new OidcError('ERR_OIDC_STORE_CORRUPT', {
    message: `A row of the kind "${key.replace(/:.*/s, '')}" in ${location} holds what this library did not write. Delete it, or name another table.`,
  })
}
