import type { IncomingMessage } from 'node:http'
import type { SessionData, Store } from 'express-session'
import { OidcError } from '../../vocabulary/errors.ts'
import { isOwnLogin, type Login } from '../login/login.ts'
import { formatLogin, parseLogin } from '../login/login-text.ts'
import type { WithSessionStore } from '../login/session-store.ts'
import { guardTouch } from './guarded-touch.ts'
import { addToIndex } from './login-index.ts'
import type { Logins } from './logins.ts'
import { isLoginOver } from './logout-marks.ts'

/** Milliseconds after which a write is checked again whose mark could not be read. */
const PAUSE = 2_000
const MOST_UNCERTAIN = 10_000

/** Finds the logins among which one belongs that a request writes, whichever relying party of the app that is. */
export type FindLogins = (login: Login, req: unknown) => Logins | undefined

/** What requests get in place of a session store. */
interface Guard {
  readonly guarded: Store
  /** The logins whose sessions the store holds. */
  readonly seen: Set<Logins>
}

/**
 * By store, not by relying party: all of an app's relying parties share its session store, which must be guarded once, and a session
 * that one of them writes may hold a login of another. Goes with the store.
 */
const guards = new WeakMap<Store, Guard>()

/** Asks a guarded store for the one behind it. */
const behind = Symbol('the session store behind the guard')

/**
 * Lets no request bring back a session that was ended while it ran: whatever writes a signed-in session through this
 * request, by `save()`, at the end of the response, or after a `reload()`, reads the login's mark afterwards, whichever
 * relying party of the app the login belongs to. The app's own store is left as it is; only requests get another one.
 * Returns what is wrong with where the sessions are.
 *
 * @param find - The same for all requests.
 */
export function guardSession(logins: Logins, req: IncomingMessage, find: FindLogins): OidcError | undefined {
  const request = req as WithSessionStore
  const { sessionStore } = request
  if (!sessionStore) return undefined
  const store = storeBehind(sessionStore)
  const guard = guards.get(store) ?? startGuard(store, find)
  guard.seen.add(logins)
  if (store === sessionStore) request.sessionStore = guard.guarded
  return logins.sessions.note(store)
}

/** The app's own store, whether requests get another one for it or not. */
export function storeBehind(store: Store): Store {
  return (store as Store & { readonly [behind]?: Store })[behind] ?? store
}

/** One for each store. Every other method runs on the store itself: a class may use private fields. */
function startGuard(store: Store, find: FindLogins): Guard {
  const seen = new Set<Logins>()
  const take = (sessionId: string, session: SessionData): Written | undefined => {
    const login = parseLogin(session.oidc)
    const logins = login && findOwner(login, session, find, seen)
    return logins && takeWritten(logins, login, sessionId, session)
  }
  const verify = (written: Written): Promise<boolean> => {
    written.logins.sessions.note(store)
    return verifyInTime(written)
  }
  const set: Store['set'] = (sessionId, session, done = () => undefined) => {
    const written = take(sessionId, session)
    store.set(sessionId, session, (error?: unknown) => {
      if (error || !written) return done(error)
      verify(written).then(() => done(), done)
    })
  }
  guardTouch(store, (sessionId, session) => {
    const written = take(sessionId, session)
    return written && (() => verify(written))
  })
  const guarded = new Proxy(store, {
    get(target, name) {
      if (name === 'set') return set
      if (name === behind) return store
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const guard = { guarded, seen }
  guards.set(store, guard)
  return guard
}

/** A session of express-session knows its request. What else an app writes may belong to any login that the store may hold. */
function findOwner(
  login: Login,
  session: SessionData & { readonly req?: unknown },
  find: FindLogins,
  seen: ReadonlySet<Logins>,
): Logins | undefined {
  return find(login, session.req) ?? [...seen].find(({ settings }) => isOwnLogin(login, settings))
}

/** A session with a login that was written. */
interface Written {
  readonly logins: Logins
  readonly login: Login
  readonly sessionId: string
  /** Whether the app has copied the login here from another session. */
  readonly isMoved: boolean
}

function takeWritten(
  logins: Logins,
  login: Login,
  sessionId: string,
  session: SessionData,
): Written | undefined {
  if (!isOwnLogin(login, logins.settings) || login.isOver) return undefined // the other data in it stays
  if (logins.beginning.has(login.id)) return undefined
  const isMoved = login.sessionId !== sessionId
  if (isMoved) session.oidc = formatLogin({ ...login, sessionId })
  return { logins, login, sessionId, isMoved }
}

/**
 * While this library's store is unavailable, a written session stays until its mark can be read: the response may have been
 * sent, and ending every session written in the meantime would sign out every active user.
 */
async function verifyInTime(written: Written): Promise<boolean> {
  try {
    return await verifyWritten(written)
  } catch (error) {
    if (!(error instanceof OidcError)) throw error
    verifyLater(written)
    return false
  }
}

/**
 * One read. A login that was moved is added to the index first, so that a logout finds it from now on. Returns whether the login has
 * ended.
 */
async function verifyWritten({ logins, login, sessionId, isMoved }: Written): Promise<boolean> {
  if (isMoved) await addToIndex(logins.settings, login, sessionId)
  const isOver = await isLoginOver(logins.settings, login.id)
  if (isOver) await logins.sessions.destroy(sessionId)
  return isOver
}

function verifyLater(written: Written): void {
  const { logins, login, sessionId } = written
  const { uncertain } = logins
  const key = `${login.id} ${sessionId}`
  if (uncertain.has(key) || uncertain.size >= MOST_UNCERTAIN) return
  uncertain.add(key)
  setTimeout(() => {
    uncertain.delete(key)
    verifyWritten(written).catch(() => verifyLater(written))
  }, PAUSE).unref()
}
