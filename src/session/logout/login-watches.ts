import type { Duplex } from 'node:stream'
import type { Settings } from '../../relying-party/options/settings.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { isLoginOver } from './logout-marks.ts'

/** One login, while connections depend on it. */
interface Watch {
  readonly connections: Map<Duplex, AbortController>
  timer: NodeJS.Timeout | undefined
}

/** The connections to this replica that depend on logins of one relying party. */
export interface LoginWatches {
  readonly settings: Settings
  /** Those whose marks were read longest ago come first. */
  readonly logins: Map<string, Watch>
  /** The logins of each connection: a proxy may send several users over one. */
  readonly connections: WeakMap<Duplex, Set<string>>
  /** The next check of the marks. */
  looking: NodeJS.Timeout | undefined
}

/** A Node.js timer with a longer delay fires immediately. */
const LONGEST_TIMER = 2 ** 31 - 1
/** Milliseconds between two checks of the marks, and how many are read at a time. */
const PERIOD = 1_000
const MOST_READS = 500

/** Makes what one relying party watches: nothing yet. */
export function loginWatches(settings: Settings): LoginWatches {
  return { settings, logins: new Map(), connections: new WeakMap(), looking: undefined }
}

/**
 * Gives a signal that fires when a login ends, for as long as the connection is open. A logout on this replica is
 * signaled immediately. For logouts on other replicas the marks are read: up to 500 watched logins each second, more in turn.
 */
export function watchLogin(
  watches: LoginWatches,
  login: { readonly id: string; readonly endsAt: number },
  connection: Duplex,
): AbortSignal {
  const watch = watches.logins.get(login.id) ?? { connections: new Map(), timer: undefined }
  const known = watch.connections.get(connection)
  if (known) return known.signal
  const controller = new AbortController()
  if (connection.destroyed) return controller.signal // its close event has fired already, so nothing would remove it
  watch.connections.set(connection, controller)
  watches.logins.set(login.id, watch)
  if (!watch.timer) endInTime(watches, login.id, performance.now() + login.endsAt - Date.now(), watch)
  loginsOn(connection, watches).add(login.id)
  lookSoon(watches)
  return controller.signal
}

/** Tells every connection to this replica that its login has ended. */
export function endWatches(watches: LoginWatches, loginId: string): void {
  const watch = watches.logins.get(loginId)
  if (!watch) return
  forget(watches, loginId, watch)
  const reason = new OidcError('ERR_OIDC_UNAUTHENTICATED', { message: 'The login has ended.' })
  for (const controller of watch.connections.values()) controller.abort(reason)
}

/** Ends every watch. A connection that will not hear of logouts any more must not go on as if there were none. */
export function closeWatches(watches: LoginWatches): void {
  for (const id of [...watches.logins.keys()]) endWatches(watches, id)
}

/** `endsAt` is by `performance.now()`, so that setting the clock neither cuts a connection short nor keeps it open. */
function endInTime(watches: LoginWatches, loginId: string, endsAt: number, watch: Watch): void {
  const left = endsAt - performance.now()
  watch.timer = setTimeout(
    () => {
      if (performance.now() < endsAt) endInTime(watches, loginId, endsAt, watch)
      else endWatches(watches, loginId)
    },
    Math.min(Math.ceil(left), LONGEST_TIMER),
  ).unref()
}

/** The logins of a connection. When it closes, they are no longer watched for it. */
function loginsOn(connection: Duplex, watches: LoginWatches): Set<string> {
  const known = watches.connections.get(connection)
  if (known) return known
  const ids = new Set<string>()
  watches.connections.set(connection, ids)
  connection.once('close', () => {
    for (const id of ids) release(watches, id, connection)
  })
  return ids
}

function release(watches: LoginWatches, loginId: string, connection: Duplex): void {
  const watch = watches.logins.get(loginId)
  watch?.connections.delete(connection)
  if (watch?.connections.size === 0) forget(watches, loginId, watch)
}

function forget(watches: LoginWatches, loginId: string, watch: Watch): void {
  watches.logins.delete(loginId)
  clearTimeout(watch.timer)
  if (watches.logins.size > 0) return
  clearTimeout(watches.looking)
  watches.looking = undefined
}

function lookSoon(watches: LoginWatches): void {
  if (watches.logins.size === 0) return
  watches.looking ??= setTimeout(() => void look(watches), PERIOD).unref()
}

/** A store that is unavailable is asked again in the next turn. */
async function look(watches: LoginWatches): Promise<void> {
  watches.looking = undefined
  const { logins } = watches
  const turn = [...logins].slice(0, MOST_READS)
  for (const [loginId, watch] of turn) {
    logins.delete(loginId)
    logins.set(loginId, watch)
  }
  await Promise.all(
    turn.map(async ([loginId]) => {
      if (await isLoginOver(watches.settings, loginId).catch(() => false)) endWatches(watches, loginId)
    }),
  )
  lookSoon(watches)
}
