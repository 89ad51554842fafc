import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** The statements of `sqliteStore`, prepared for one connection. Times are milliseconds since 1970. */
export interface SqliteStatements {
  readonly get: StatementSync
  readonly set: StatementSync
  readonly setIfAbsent: StatementSync
  readonly setIfVersion: StatementSync
  readonly delete: StatementSync
  readonly sweep: StatementSync
}

/** The maximum number of rows that one sweep removes, so that it ends quickly. */
export const SWEPT_AT_MOST = 1_000

/** With `full`, what was written outlives a power failure. The log that `wal` keeps lets others read while one process writes. */
const CREATE = `pragma journal_mode = wal;
  pragma synchronous = full;
  create table if not exists oidc_store (key text primary key, value text not null, version text not null, expires_at integer);
  create index if not exists oidc_store_expires_at on oidc_store (expires_at) where expires_at is not null`

/** An expired row counts as absent. */
const IS_LIVE = '(expires_at is null or expires_at > $now)'
const SET = `insert into oidc_store (key, value, version, expires_at) values ($key, $value, $version, $expiresAt)
  on conflict (key) do update set value = excluded.value, version = excluded.version, expires_at = excluded.expires_at`

/** Creates the table if it does not exist, and prepares the statements. */
export function prepareStatements(database: DatabaseSync): SqliteStatements {
  database.exec(CREATE)
  return {
    get: database.prepare(`select value, version from oidc_store where key = $key and ${IS_LIVE}`),
    set: database.prepare(SET),
    setIfAbsent: database.prepare(`${SET} where expires_at <= $now`),
    setIfVersion: database.prepare(
      `update oidc_store set value = $value, version = $version, expires_at = $expiresAt
        where key = $key and version = $ifVersion and ${IS_LIVE}`,
    ),
    delete: database.prepare(
      `delete from oidc_store where key = $key and ($ifVersion is null or version = $ifVersion) and ${IS_LIVE}`,
    ),
    sweep: database.prepare(
      `delete from oidc_store where rowid in (select rowid from oidc_store where expires_at <= $now limit ${SWEPT_AT_MOST})`,
    ),
  }
}
