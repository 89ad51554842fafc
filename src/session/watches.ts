import type { Duplex } from 'node:stream'
import type { RelyingParty } from '../relying-party/relying-party.ts'
import { OidcError } from '../vocabulary/errors.ts'

/** One login, while connections depend on it. */
interface Watch {
  readonly connections: Map<Duplex, AbortController>
  timer: NodeJS.Timeout | undefined
}

/** What one relying party watches. */
interface Watches {
  readonly logins: Map<string, Watch>
  /** The logins of each connection: a proxy may send several users over one. */
  readonly connections: WeakMap<Duplex, Set<string>>
}

/** A timer of Node.js that is to wait longer fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1

const watchesOfAll = new WeakMap<RelyingParty, Watches>()

/** Gives a signal that fires when a login is over, for as long as the connection is open. */
export function watchLogin(
  rp: RelyingParty,
  login: { readonly id: string; readonly endsAt: number },
  connection: Duplex,
): AbortSignal {
  const watches = watchesOf(rp)
  const watch = watches.logins.get(login.id) ?? { connections: new Map(), timer: undefined }
  const known = watch.connections.get(connection)
  if (known) return known.signal
  const controller = new AbortController()
  if (connection.destroyed) return controller.signal // its end was told before: nobody would take it off the list
  watch.connections.set(connection, controller)
  watches.logins.set(login.id, watch)
  if (!watch.timer) endInTime(rp, login, watch)
  loginsOn(connection, watches).add(login.id)
  return controller.signal
}

/** The logins on which connections to this replica depend. */
export function watchedLogins(rp: RelyingParty): string[] {
  return [...watchesOf(rp).logins.keys()]
}

/** Tells every connection to this replica that its login is over. */
export function endWatches(rp: RelyingParty, loginId: string): void {
  const { logins } = watchesOf(rp)
  const watch = logins.get(loginId)
  if (!watch) return
  logins.delete(loginId)
  clearTimeout(watch.timer)
  const reason = new OidcError('ERR_OIDC_UNAUTHENTICATED', { message: 'The login is over.' })
  for (const controller of watch.connections.values()) controller.abort(reason)
}

/** Ends every watch. Who is not told of logouts any more must not go on as if there were none. */
export function closeWatches(rp: RelyingParty): void {
  for (const id of watchedLogins(rp)) endWatches(rp, id)
}

function watchesOf(rp: RelyingParty): Watches {
  const watches = watchesOfAll.get(rp) ?? { logins: new Map(), connections: new WeakMap() }
  watchesOfAll.set(rp, watches)
  return watches
}

function endInTime(
  rp: RelyingParty,
  login: { readonly id: string; readonly endsAt: number },
  watch: Watch,
): void {
  const left = Math.min(login.endsAt - Date.now(), LONGEST_TIMER)
  watch.timer = setTimeout(() => {
    if (Date.now() < login.endsAt) endInTime(rp, login, watch)
    else endWatches(rp, login.id)
  }, left).unref()
}

/** The logins of a connection, which are no longer watched for it when it closes. */
function loginsOn(connection: Duplex, watches: Watches): Set<string> {
  const known = watches.connections.get(connection)
  if (known) return known
  const ids = new Set<string>()
  watches.connections.set(connection, ids)
  connection.once('close', () => {
    for (const id of ids) release(watches, id, connection)
  })
  return ids
}

function release({ logins }: Watches, loginId: string, connection: Duplex): void {
  const watch = logins.get(loginId)
  watch?.connections.delete(connection)
  if (!watch || watch.connections.size > 0) return
  logins.delete(loginId)
  clearTimeout(watch.timer)
}
