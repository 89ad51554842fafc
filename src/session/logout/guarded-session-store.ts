import type { IncomingMessage } from 'node:http'
import type { SessionData, Store } from 'express-session'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { isOwnLogin, type Login } from '../login/login.ts'
import { ownerOf } from '../login/login-owner.ts'
import { destroySession, noteSessionStore, type WithSessionStore } from '../login/session-store.ts'
import { addToIndex } from './login-index.ts'
import { isLoginOver } from './logout-marks.ts'

/** Milliseconds after which a write is looked at again whose mark could not be read. */
const PAUSE = 2_000
const MOST_UNCERTAIN = 10_000

/** What stands before the session store of a request. */
interface Guard {
  readonly store: Store
  /** The relying parties whose middleware the request has passed. */
  readonly passed: Set<RelyingParty>
}

const guards = new WeakMap<Store, Guard>()

/**
 * Lets no request bring back a session that was ended while it ran: whatever writes a signed-in session through this
 * request, by `save()`, at the end of the answer, or after a `reload()`, reads the login's mark afterwards, whichever relying
 * party of the app the login belongs to. The app's own store is left as it is; the request alone gets another. Returns what
 * is wrong with where the sessions are.
 */
export function guardSession(rp: RelyingParty, req: IncomingMessage): OidcError | undefined {
  const { sessionStore } = req as WithSessionStore
  if (!sessionStore) return undefined
  const guard = guards.get(sessionStore) ?? { store: sessionStore, passed: new Set() }
  guard.passed.add(rp)
  if (guard.store === sessionStore) {
    const guarded = buildGuardedStore(guard)
    guards.set(guarded, guard)
    Object.assign(req, { sessionStore: guarded })
  }
  return noteSessionStore(rp, guard.store)
}

/** Every method but one runs on the store itself: a class may keep what it needs in private fields. */
function buildGuardedStore({ store, passed }: Guard): Store {
  const set: Store['set'] = (sessionId, session, done = () => undefined) => {
    const rp = findOwner(passed, session.oidc)
    const written = rp && takeWritten(rp, sessionId, session)
    store.set(sessionId, session, (error?: unknown) => {
      if (error || !written) return done(error)
      noteSessionStore(rp, store)
      verifyInTime(rp, written).then(() => done(), done)
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

/** The request may be below the path of another relying party than the one whose login the session has. */
function findOwner(passed: ReadonlySet<RelyingParty>, login: Login | undefined): RelyingParty | undefined {
  const owners = [...passed].map(rp => ownerOf(login, rp)).filter(rp => isOwnLogin(login, rp.settings))
  return owners.find(rp => passed.has(rp)) ?? owners[0]
}

/** A session with a login in it that is written. */
interface Written {
  readonly login: Login
  readonly sessionId: string
  /** Whether the app has copied the login here from another session. */
  readonly isMoved: boolean
}

function takeWritten(
  { settings }: RelyingParty,
  sessionId: string,
  session: SessionData,
): Written | undefined {
  const { oidc: login } = session
  if (!isOwnLogin(login, settings) || login.isOver) return undefined // what else is in it stays
  const isMoved = login.sessionId !== sessionId
  if (isMoved) session.oidc = { ...login, sessionId }
  return { login, sessionId, isMoved }
}

/**
 * While our store is away, what was written stays until the store can tell: the answer may have been sent, and ending every
 * session that is written meanwhile would sign out all who use the app.
 */
async function verifyInTime(rp: RelyingParty, written: Written): Promise<void> {
  try {
    await verifyWritten(rp, written)
  } catch (error) {
    if (!(error instanceof OidcError)) throw error
    verifyLater(rp, written)
  }
}

/** One read. A login that was moved is put into the index first, so that a logout finds it from now on. */
async function verifyWritten(rp: RelyingParty, { login, sessionId, isMoved }: Written): Promise<void> {
  if (isMoved) await addToIndex(rp, login, sessionId)
  if (await isLoginOver(rp, login.id)) await destroySession(rp, sessionId)
}

const uncertain = new Set<string>()

function verifyLater(rp: RelyingParty, written: Written): void {
  const key = `${written.login.id} ${written.sessionId}`
  if (uncertain.has(key) || uncertain.size >= MOST_UNCERTAIN) return
  uncertain.add(key)
  setTimeout(() => {
    uncertain.delete(key)
    verifyWritten(rp, written).catch(() => verifyLater(rp, written))
  }, PAUSE).unref()
}
