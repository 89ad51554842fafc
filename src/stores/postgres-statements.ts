/** The statements of `postgresStore`: `$1` is the key, `$2` the value, `$3` the new version, `$4` the lifetime in seconds or null. */
export interface Statements {
  readonly create: readonly string[]
  readonly get: string
  readonly set: string
  readonly setIfAbsent: string
  /** `$5` is the version that must still be current. */
  readonly setIfVersion: string
  /** `$2` is the version that must still be current, or null for any version. */
  readonly delete: string
  readonly sweep: string
}

/** The maximum number of rows that one sweep removes, so that it ends quickly. */
const SWEPT_AT_MOST = 10_000

/** Builds the statements for a table, whose name has been checked. An expired row counts as absent. */
export function statementsFor(name: string): Statements {
  const table = name.replace(/\w+/g, '"$&"')
  const index = `"${name.split('.').at(-1)}_expires_at"`
  const isLive = '(expires_at is null or expires_at > clock_timestamp())'
  const expiry = "clock_timestamp() + $4::double precision * interval '1 second'"
  const set = `insert into ${table} as kept (key, value, version, expires_at) values ($1, $2, $3, ${expiry})
    on conflict (key) do update set value = excluded.value, version = excluded.version, expires_at = excluded.expires_at`
  return {
    create: [
      `create table if not exists ${table} (key text collate "C" primary key, value text not null, version text not null, expires_at timestamptz)`,
      `create index if not exists ${index} on ${table} (expires_at) where expires_at is not null`,
    ],
    get: `select value, version from ${table} where key = $1 and ${isLive}`,
    set: `${set} returning version`,
    setIfAbsent: `${set} where kept.expires_at <= clock_timestamp() returning version`,
    setIfVersion: `update ${table} set value = $2, version = $3, expires_at = ${expiry}
      where key = $1 and version = $5 and ${isLive} returning version`,
    delete: `delete from ${table} where key = $1 and ($2::text is null or version = $2) and ${isLive} returning version`,
    // now() lets the database use the index; a clock that advances within a statement would not.
    sweep: `delete from ${table} where expires_at <= now() and key in
      (select key from ${table} where expires_at <= now() limit ${SWEPT_AT_MOST} for update skip locked)`,
  }
}
