import type { IncomingMessage } from 'node:http'
import type { SessionData, Store } from 'express-session'
import { OidcError } from '../../vocabulary/errors.ts'
import { isOwnLogin, type Login } from '../login/login.ts'
import type { WithSessionStore } from '../login/session-store.ts'
import { addToIndex } from './login-index.ts'
import type { Logins } from './logins.ts'
import { isLoginOver } from './logout-marks.ts'

/** Milliseconds after which a write is checked again whose mark could not be read. */
const PAUSE = 2_000
const MOST_UNCERTAIN = 10_000

/** Finds the logins among which one belongs, whichever relying party of the app that is. */
type FindLogins = (login: Login | undefined) => Logins | undefined

/** Asks a guarded store for the one behind it. */
const behind = Symbol('the session store behind the guard')

/**
 * Lets no request bring back a session that was ended while it ran: whatever writes a signed-in session through this
 * request, by `save()`, at the end of the response, or after a `reload()`, reads the login's mark afterwards, whichever
 * relying party of the app the login belongs to. The app's own store is left as it is; only the request gets another one.
 * Returns what is wrong with where the sessions are.
 *
 * @param find - Asked at each write: a request may pass another relying party after this one.
 */
export function guardSession(
  { sessions }: Logins,
  req: IncomingMessage,
  find: FindLogins,
): OidcError | undefined {
  const { sessionStore } = req as WithSessionStore
  if (!sessionStore) return undefined
  const store = storeBehind(sessionStore)
  if (store === sessionStore) Object.assign(req, { sessionStore: buildGuardedStore(store, find) })
  return sessions.note(store)
}

/** The app's own store, whether it is guarded or not. */
export function storeBehind(store: Store): Store {
  return (store as Store & { readonly [behind]?: Store })[behind] ?? store
}

/** Every other method runs on the store itself: a class may use private fields. */
function buildGuardedStore(store: Store, find: FindLogins): Store {
  const set: Store['set'] = (sessionId, session, done = () => undefined) => {
    const logins = find(session.oidc)
    const written = logins && takeWritten(logins, sessionId, session)
    store.set(sessionId, session, (error?: unknown) => {
      if (error || !written) return done(error)
      logins.sessions.note(store)
      verifyInTime(logins, written).then(() => done(), done)
    })
  }
  return new Proxy(store, {
    get(target, name) {
      if (name === 'set') return set
      if (name === behind) return store
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** A session with a login that is being written. */
interface Written {
  readonly login: Login
  readonly sessionId: string
  /** Whether the app has copied the login here from another session. */
  readonly isMoved: boolean
}

function takeWritten({ settings }: Logins, sessionId: string, session: SessionData): Written | undefined {
  const { oidc: login } = session
  if (!isOwnLogin(login, settings) || login.isOver) return undefined // the other data in it stays
  const isMoved = login.sessionId !== sessionId
  if (isMoved) session.oidc = { ...login, sessionId }
  return { login, sessionId, isMoved }
}

/**
 * While this library's store is unavailable, a written session stays until its mark can be read: the response may have been
 * sent, and ending every session written in the meantime would sign out every active user.
 */
async function verifyInTime(logins: Logins, written: Written): Promise<void> {
  try {
    await verifyWritten(logins, written)
  } catch (error) {
    if (!(error instanceof OidcError)) throw error
    verifyLater(logins, written)
  }
}

/** One read. A login that was moved is added to the index first, so that a logout finds it from now on. */
async function verifyWritten(logins: Logins, { login, sessionId, isMoved }: Written): Promise<void> {
  if (isMoved) await addToIndex(logins.settings, login, sessionId)
  if (await isLoginOver(logins.settings, login.id)) await logins.sessions.destroy(sessionId)
}

function verifyLater(logins: Logins, written: Written): void {
  const { uncertain } = logins
  const key = `${written.login.id} ${written.sessionId}`
  if (uncertain.has(key) || uncertain.size >= MOST_UNCERTAIN) return
  uncertain.add(key)
  setTimeout(() => {
    uncertain.delete(key)
    verifyWritten(logins, written).catch(() => verifyLater(logins, written))
  }, PAUSE).unref()
}
