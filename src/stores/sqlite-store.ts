import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { OidcError } from '../vocabulary/errors.ts'
import { isObject, parseJson } from '../vocabulary/json.ts'
import { storeOptionError } from './client-arguments.ts'
import { createDatabase, makePrivate } from './files/private-database.ts'
import { isTemporary } from './files/temporary-folder.ts'
import { prepareStatements, type SqliteStatements, SWEPT_AT_MOST } from './sqlite-statements.ts'
import type { SetOptions, Store, StoredValue } from './store.ts'

/** A database file that is open. */
interface Connection {
  readonly database: DatabaseSync
  /** Tells the file from another one that has taken its place. */
  readonly inode: number
  readonly statements: SqliteStatements
}

type Run = <Result>(work: (statements: SqliteStatements) => Result) => Promise<Result>

/** Milliseconds for which a call tries again while other processes write, and the longest pause between two tries. */
const LONGEST_WAIT = 1_900
const LONGEST_PAUSE = 10

/** Milliseconds between two sweeps, and after one that may have left something. */
const SWEEP_EVERY = 60_000
const SWEEP_AGAIN = 1_000
/** Milliseconds until a clock is believed that was set ahead by more than NTP corrects: what it lets expire would be gone for good. */
const DOUBTED = 3_600_000
const SET_AHEAD = 30_000

/** Result codes of SQLite (https://sqlite.org/rescode.html): busy, locked; corrupt, not a database. */
const OTHERS_WRITE: readonly unknown[] = [5, 6]
const DAMAGED: readonly unknown[] = [11, 26]

/**
 * Creates a store in one SQLite file, for all processes of an app on one machine. It needs `node:sqlite`, which is part of Node.js
 * since 22.13. The file and its folder are created at first use, private to the user who runs the app. Nothing else belongs in the
 * file, and it must be on a local disk: SQLite's write-ahead log does not work over a network.
 *
 * Every write is on the disk before its call resolves. A call that has to wait for another process does not block this one.
 *
 * @param file - The path of the file, such as `/var/lib/shop/oidc.sqlite`.
 * @example
 * ```ts
 * import { relyingParty } from 'express-oidc-rp'
 * import { sqliteStore } from 'express-oidc-rp/sqlite'
 *
 * app.use(relyingParty({ issuer, baseUrl, name: 'shop', store: sqliteStore('/var/lib/shop/oidc.sqlite') }))
 * ```
 * @throws `ERR_OIDC_INVALID_OPTION` if the argument is no path, or this Node.js has no `node:sqlite`.
 */
export function sqliteStore(file: string): Store {
  if (typeof file !== 'string' || file === '')
    throw storeOptionError('sqliteStore', 'the argument must be the path of a file')
  verifyNode()
  const path = resolve(file)
  const run = buildRun(path)
  const sweep = buildSweep(run)

  return Object.freeze<Store>({
    shared: true,
    location: path,
    durability: isTemporary(path) ? 'temporary' : 'durable',
    async get(key) {
      const row = await run(({ get }) => get.get({ key, now: Date.now() }))
      return row && parse(row, key, path)
    },
    async set(key, value, { ifAbsent, ifVersion, lifetime = Number.POSITIVE_INFINITY }: SetOptions = {}) {
      const version = randomUUID()
      const now = Date.now()
      const expiresAt = Number.isFinite(lifetime) ? Math.ceil(now + lifetime * 1_000) : null
      const row = { key, value: JSON.stringify(value), version, expiresAt }
      const { changes } = await run(({ set, setIfAbsent, setIfVersion }) => {
        if (ifVersion !== undefined) return setIfVersion.run({ ...row, ifVersion, now })
        return ifAbsent ? setIfAbsent.run({ ...row, now }) : set.run(row)
      })
      sweep()
      return changes === 0 ? undefined : version
    },
    async delete(key, { ifVersion } = {}) {
      const condition = { key, ifVersion: ifVersion ?? null, now: Date.now() }
      const { changes } = await run(statements => statements.delete.run(condition))
      return changes > 0
    },
  })
}

/** Opens the file at the first call, and again when it was removed or replaced. */
function buildRun(path: string): Run {
  let connection: Connection | undefined

  function connect(): Connection {
    if (connection && connection.inode === inodeOf(path)) return connection
    connection?.database.close()
    connection = undefined // and stays so if it cannot be opened
    connection = open(path)
    return connection
  }

  return async work => {
    for (const end = performance.now() + LONGEST_WAIT; ; await pause(Math.random() * LONGEST_PAUSE)) {
      try {
        return work(connect().statements)
      } catch (error) {
        const code = codeOf(error)
        if (DAMAGED.includes(code)) throw damaged(path)
        if (!OTHERS_WRITE.includes(code) || performance.now() >= end) throw error
      }
    }
  }
}

/** The files are private before SQLite opens them. Another user could have made one of them meanwhile, so they are looked at again. */
function open(path: string): Connection {
  const file = createDatabase(path)
  makePrivate(file)
  const { ino: inode } = fs.statSync(file)
  const database = new (process.getBuiltinModule('node:sqlite').DatabaseSync)(file)
  try {
    const statements = prepareStatements(database)
    makePrivate(file)
    return { database, inode, statements }
  } catch (error) {
    database.close()
    throw error
  }
}

/** `undefined` if there is no file. */
function inodeOf(path: string): number | undefined {
  return fs.statSync(path, { throwIfNoEntry: false })?.ino
}

/** Removes expired rows now and then, after a write. */
function buildSweep(run: Run): () => void {
  let next = 0
  let offset = Date.now() - performance.now()

  function wasSetAhead(): boolean {
    const before = offset
    offset = Date.now() - performance.now()
    return offset - before > SET_AHEAD
  }

  return () => {
    if (performance.now() < next) return
    const isDoubtful = wasSetAhead()
    next = performance.now() + (isDoubtful ? DOUBTED : SWEEP_EVERY)
    if (isDoubtful) return
    run(({ sweep }) => sweep.run({ now: Date.now() })).then(
      ({ changes }) => {
        if (changes === SWEPT_AT_MOST) next = performance.now() + SWEEP_AGAIN
      },
      () => undefined, // expired rows are never read; the next sweep tries again
    )
  }
}

/** The primary result code, which is the last byte of an extended one. */
function codeOf(error: unknown): unknown {
  const code = isObject(error) ? error['errcode'] : undefined
  return typeof code === 'number' ? code & 0xff : undefined
}

function verifyNode(): void {
  const sqlite: unknown = process.getBuiltinModule('node:sqlite')
  if (sqlite !== undefined) return
  throw storeOptionError(
    'sqliteStore',
    `this Node.js, ${process.version}, has no node:sqlite, which is part of Node.js since 22.13. Update Node.js, or use another store`,
  )
}

function damaged(path: string): OidcError {
  return new OidcError('ERR_OIDC_STORE_CORRUPT', {
    message: `The file ${path} is damaged, or no database of SQLite. Stop the app and restore it, or move it away to start from scratch.`,
  })
}

function parse(row: unknown, key: string, path: string): StoredValue {
  const { value, version } = isObject(row) ? row : {}
  const text = typeof value === 'string' ? parseJson(value) : undefined
  if (typeof text === 'string' && typeof version === 'string') return { value: text, version }
  throw new OidcError('ERR_OIDC_STORE_CORRUPT', {
    message: `A row of the kind "${key.replace(/:.*/s, '')}" in ${path} was not written by this library. Delete it, or use a different file.`,
  })
}
