import type { Store } from '../../stores/store.ts'
import { readRecord, type StoredRecord } from '../../stores/stored-record.ts'
import { hasValues, isListOf, isNumber, isText, isTime } from '../../vocabulary/json.ts'

/** One login in one session of express-session. */
export interface IndexEntry {
  readonly loginId: string
  readonly sessionId: string
  readonly sub: string
  /** The issuer of one tenant, where the provider's issuer is a template. */
  readonly tenantIssuer?: string
  /** The provider's session id. */
  readonly sid?: string
  /** Seconds since 1970 by the provider's clock. */
  readonly beganAt: number
  /** Milliseconds since 1970 by this server's clock. */
  readonly startedAt: number
  readonly expiresAt: number
}

/** The index record for one session or user: the newest entries, and where the older ones are. */
export interface Head {
  readonly entries: readonly IndexEntry[]
  readonly pages: readonly Page[]
}

/** Where older entries are. */
interface Page {
  readonly key: string
  readonly expiresAt: number
}

/** An entry as it is stored: each login has two of them, so they are short. */
type Row = readonly [
  loginId: string,
  sessionId: string,
  sub: string,
  sid: string | null,
  beganAt: number,
  startedAt: number,
  expiresAt: number,
  tenantIssuer: string | null,
]

type StoredHead = readonly [rows: readonly Row[], pages: readonly StoredPage[]]
type StoredPage = readonly [key: string, expiresAt: number]

const isTextOrNull = (value: unknown): boolean => value === null || isText(value)
const isRow = hasValues<Row>([isText, isText, isText, isTextOrNull, isNumber, isTime, isTime, isTextOrNull])
const isRows = (value: unknown): value is readonly Row[] => isListOf(isRow)(value)
const isStoredHead = hasValues<StoredHead>([isRows, isListOf(hasValues<StoredPage>([isText, isTime]))])

export function formatEntries(entries: readonly IndexEntry[]): string {
  return JSON.stringify(entries.map(rowOf))
}

export function formatHead({ entries, pages }: Head): string {
  const stored: StoredHead = [entries.map(rowOf), pages.map(({ key, expiresAt }) => [key, expiresAt])]
  return JSON.stringify(stored)
}

/** @throws {@link OidcError} `ERR_OIDC_STORE_CORRUPT` */
export async function readEntries(store: Store, key: string): Promise<readonly IndexEntry[]> {
  const stored = await readRecord(store, key, isRows)
  return (stored?.record ?? []).map(entryOf)
}

/** @throws {@link OidcError} `ERR_OIDC_STORE_CORRUPT` */
export async function readHead(store: Store, key: string): Promise<StoredRecord<Head> | undefined> {
  const stored = await readRecord(store, key, isStoredHead)
  if (!stored) return undefined
  const [rows, pages] = stored.record
  const record = {
    entries: rows.map(entryOf),
    pages: pages.map(([page, expiresAt]) => ({ key: page, expiresAt })),
  }
  return { record, version: stored.version }
}

function rowOf(entry: IndexEntry): Row {
  const { loginId, sessionId, sub, sid = null, beganAt, startedAt, expiresAt, tenantIssuer = null } = entry
  return [loginId, sessionId, sub, sid, beganAt, startedAt, expiresAt, tenantIssuer]
}

function entryOf([
  loginId,
  sessionId,
  sub,
  sid,
  beganAt,
  startedAt,
  expiresAt,
  tenantIssuer,
]: Row): IndexEntry {
  const entry = { loginId, sessionId, sub, beganAt, startedAt, expiresAt }
  return { ...entry, ...(sid !== null && { sid }), ...(tenantIssuer !== null && { tenantIssuer }) }
}
