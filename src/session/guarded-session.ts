import type { IncomingMessage } from 'node:http'
import type { SessionData, Store } from 'express-session'
import type { RelyingParty } from '../relying-party/relying-party.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { addToIndex } from './login-index.ts'
import { isOwnLogin, type Login } from './logins.ts'
import { isLoginOver } from './logout-marks.ts'
import { destroySession, noteSessionStore, type WithSessionStore } from './session-store.ts'

/** Milliseconds after which a write is looked at again whose mark could not be read. */
const PAUSE = 2_000
const MOST_UNCERTAIN = 10_000

/** The store behind each store that we put before it. */
const inner = new WeakMap<Store, Store>()
const guardedBy = new WeakMap<IncomingMessage, Set<RelyingParty>>()

/**
 * Lets no request bring back a session that was ended while it ran: whatever writes a signed-in session through this
 * request, by `save()`, at the end of the answer, or after a `reload()`, reads the login's mark afterwards. The app's own
 * store is left as it is; the request alone gets another. Returns what is wrong with where the sessions are.
 */
export function guardSession(rp: RelyingParty, req: IncomingMessage): OidcError | undefined {
  const { sessionStore } = req as WithSessionStore
  if (!sessionStore) return undefined
  const store = inner.get(sessionStore) ?? sessionStore
  const guards = guardedBy.get(req) ?? new Set()
  if (!guards.has(rp)) {
    const guarded = buildGuardedStore(rp, sessionStore)
    inner.set(guarded, store)
    guardedBy.set(req, guards.add(rp))
    Object.assign(req, { sessionStore: guarded })
  }
  return noteSessionStore(rp, store)
}

/** Every method but one runs on the store itself: a class may keep what it needs in private fields. */
function buildGuardedStore(rp: RelyingParty, store: Store): Store {
  const set: Store['set'] = (sessionId, session, done = () => undefined) => {
    store.set(sessionId, session, (error?: unknown) => {
      if (error) return done(error)
      verifyWritten(rp, sessionId, session).then(() => done(), done)
    })
  }
  return new Proxy(store, {
    get(target, name) {
      if (name === 'set') return set
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** One read for a session that somebody is signed in with, none for others. */
async function verifyWritten(rp: RelyingParty, sessionId: string, session: SessionData): Promise<void> {
  const { oidc: login } = session
  if (!isOwnLogin(login, rp.settings)) return
  try {
    if (login.sessionId !== sessionId) await adopt(rp, login, sessionId, session)
    if (await isLoginOver(rp, login.id)) await destroySession(rp, sessionId)
  } catch (error) {
    if (!(error instanceof OidcError)) throw error
    lookLater(rp, sessionId, login)
  }
}

/** The app has moved the login to another session, by copying it over its own `regenerate()`. There it can be found now. */
async function adopt(rp: RelyingParty, login: Login, sessionId: string, session: SessionData): Promise<void> {
  await addToIndex(rp, login, sessionId)
  session.oidc = { ...login, sessionId }
}

const uncertain = new Set<string>()

/**
 * Our store is away. The answer may have been sent, and ending every session that is written meanwhile would sign out all
 * who use the app, so what was written stays until the store can tell.
 */
function lookLater(rp: RelyingParty, sessionId: string, login: Login): void {
  if (uncertain.has(sessionId) || uncertain.size >= MOST_UNCERTAIN) return
  uncertain.add(sessionId)
  setTimeout(() => {
    uncertain.delete(sessionId)
    isLoginOver(rp, login.id)
      .then(isOver => (isOver ? destroySession(rp, sessionId) : undefined))
      .catch(() => lookLater(rp, sessionId, login))
  }, PAUSE).unref()
}
