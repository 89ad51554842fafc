import { randomUUID } from 'node:crypto'
import { OidcError } from '../vocabulary/errors.ts'
import { isObject, parseJson } from '../vocabulary/json.ts'
import { addressIn, clientError, storeOptionError, verifyOptionNames } from './client-arguments.ts'
import { statementsFor } from './postgres-statements.ts'
import type { SetOptions, Store, StoredValue } from './store.ts'

/** What {@link postgresStore} accepts: a pool of `pg`, or any object with a function that runs one statement. */
export interface PostgresPool {
  /** Runs one statement with its parameters, and returns its rows. */
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly unknown[] }>
}

/** Options of {@link postgresStore}. */
export interface PostgresStoreOptions {
  /** The table, optionally with its schema. Lowercase letters, digits and underscores. Default `oidc_store`. */
  readonly table?: string
}

type Run = (text: string, values: unknown[]) => Promise<readonly unknown[]>

/** How often a statement is attempted at most if it conflicts with another one. */
const ATTEMPTS = 10

const SWEEP_EVERY = 60_000

const UNDEFINED_TABLE = '42P01'
const SERIALIZATION_FAILURE = '40001'
/** What PostgreSQL answers if two connections create the same table at once: unique violation, duplicate table or type. */
const CREATED_BY_ANOTHER: readonly unknown[] = ['23505', '42P07', '42710']

/**
 * Creates a store in one PostgreSQL table that all replicas of an app share. The table is created at first use; if the
 * app's database user may not do so, the error contains the statement. Each call is one statement on one row, so it works with
 * pgbouncer in transaction mode. The database's clock decides what has expired; writes remove it.
 *
 * The pool remains yours: listen to its `error` events, and end it. Set its `statement_timeout`, so that the database stops
 * when this library has given up.
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
 * @throws `ERR_OIDC_INVALID_OPTION` if the argument is not a pool, or an option is not valid.
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
    durability: 'durable',
    async get(key) {
      const [row] = await run(statements.get, [key])
      return row === undefined ? undefined : parse(row, key, location)
    },
    async set(key, value, { ifAbsent, ifVersion, lifetime = Number.POSITIVE_INFINITY }: SetOptions = {}) {
      const version = randomUUID()
      const values = [key, JSON.stringify(value), version, Number.isFinite(lifetime) ? lifetime : null]
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

/** Runs statements: creates the table if it does not exist, and retries if a strict isolation level requires it. */
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
        const canRetry = code === UNDEFINED_TABLE || code === SERIALIZATION_FAILURE
        if (!canRetry || attempt === ATTEMPTS) throw error
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
        message: `The store in ${location} could not be created. Ask a database administrator to run: ${creation.join('; ')};`,
        cause: error,
      })
    }
  }
}

/** Removes expired rows now and then, together with a write. */
function buildSweep(sweep: () => Promise<unknown>): () => void {
  let next = 0
  return () => {
    if (performance.now() < next) return
    next = performance.now() + SWEEP_EVERY
    sweep().catch(() => undefined) // expired rows are never read; the next sweep tries again
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
    message: `A row of the kind "${key.replace(/:.*/s, '')}" in ${location} was not written by this library. Delete it, or use a different table.`,
  })
}
