import { buildUser, dropSpentClaims, isIdTokenClaims, userInfoOf } from '../../vocabulary/claims.ts'
import {
  freezeDeep,
  hasValues,
  isListOf,
  isNumber,
  isObject,
  isText,
  isTime,
  type JsonObject,
  parseJson,
} from '../../vocabulary/json.ts'
import { lengthen, shorten } from './claim-letters.ts'
import type { Login } from './login.ts'

/**
 * What a session holds of a login, in this order. `iss` and `aud` are left out where they are the issuer and the client, and
 * UserInfo was fetched so many milliseconds after the login began.
 */
type Row = readonly [
  id: string,
  sessionId: string,
  issuer: string,
  name: string,
  clientId: string,
  startedAt: number,
  scope: string,
  claims: JsonObject,
  userInfo: JsonObject,
  userInfoAfter: number | null,
  stepUps: readonly string[],
  isOver: 0 | 1,
]

const isRow = hasValues<Row>([
  isText,
  isText,
  isText,
  isText,
  isText,
  isTime,
  isText,
  isObject,
  isObject,
  value => value === null || isNumber(value),
  isListOf(isText),
  value => value === 0 || value === 1,
])

/**
 * Changes with the values of {@link Row} and with the letters of claims: a text of another layout is not read. A value at the end of
 * the row needs no new layout, so that during a rolling deployment nobody is signed out.
 */
const LAYOUT = '1'

/**
 * A login as a session holds it. express-session prints and hashes a session several times per request, so it is one short text
 * instead of an object, and without quotation marks that JSON would have to escape.
 */
export function formatLogin(login: Login): string {
  const { id, sessionId, issuer, name, clientId, startedAt, scope, userInfoAt, stepUps, isOver } = login
  const claims = Object.entries(dropSpentClaims(login.claims)).filter(
    ([claim, value]) => !(claim === 'iss' && value === issuer) && !(claim === 'aud' && value === clientId),
  )
  const row: Row = [
    id,
    sessionId,
    issuer,
    name,
    clientId,
    startedAt,
    scope,
    shorten(Object.fromEntries(claims)),
    shorten(userInfoOf(login.claims, login.user)),
    userInfoAt === undefined ? null : userInfoAt - startedAt,
    stepUps,
    isOver ? 1 : 0,
  ]
  return LAYOUT + swapQuotes(JSON.stringify(row))
}

/** A login that was read, with its text. */
interface Held {
  readonly text: string
  readonly login: Login
}

/** The logins that were read last, so that a user's next request need not parse theirs. Found by how their texts begin. */
const MOST = 250
const BEGINNING = 24
let recent = new Map<string, Held>()
let older: typeof recent = new Map()

/** The login that a session holds, or `undefined` if that is none, damaged, or of another release. It is shared and frozen. */
export function parseLogin(text: unknown): Login | undefined {
  if (!isText(text)) return undefined
  const beginning = text.slice(0, BEGINNING)
  const known = recent.get(beginning)
  if (known?.text === text) return known.login
  const past = older.get(beginning)
  const login = past?.text === text ? past.login : parse(text)
  if (!login) return undefined
  if (recent.size >= MOST) {
    older = recent
    recent = new Map()
  }
  recent.set(beginning, { text, login })
  return login
}

function parse(text: string): Login | undefined {
  const row = text.startsWith(LAYOUT) ? parseJson(swapQuotes(text.slice(LAYOUT.length))) : undefined
  if (!isRow(row)) return undefined
  const [
    id,
    sessionId,
    issuer,
    name,
    clientId,
    startedAt,
    scope,
    held,
    userInfo,
    userInfoAfter,
    stepUps,
    isOver,
  ] = row
  const claims: JsonObject = { iss: issuer, aud: clientId, ...lengthen(held) }
  if (!isIdTokenClaims(claims)) return undefined
  return freezeDeep<Login>({
    id,
    sessionId,
    issuer,
    name,
    clientId,
    startedAt,
    scope,
    stepUps,
    claims,
    user: buildUser(claims, lengthen(userInfo)),
    userInfoAt: userInfoAfter === null ? undefined : startedAt + userInfoAfter,
    isOver: isOver === 1,
  })
}

/** Exchanges the two kinds of quotation marks. Most texts that are read have only one of them, which takes less time. */
function swapQuotes(text: string): string {
  if (!text.includes('"')) return text.replaceAll("'", '"')
  return text.replace(/["']/g, quote => (quote === '"' ? "'" : '"'))
}
