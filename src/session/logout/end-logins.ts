import type { IncomingMessage, ServerResponse } from 'node:http'
import { OidcError } from '../../vocabulary/errors.ts'
import { publish } from '../../vocabulary/events.ts'
import { isOwnLogin, type Login } from '../login/login.ts'
import { endLogin, readHeldLogin, readLogin } from '../login/request-login.ts'
import { callRequestSession, hasSession } from '../login/request-session.ts'
import { deleteTokens, type Tokens, takeTokens } from '../login/token-record.ts'
import { addToIndex, buildEntry, dropFromIndex, type FoundEntry } from './login-index.ts'
import { endWatches } from './login-watches.ts'
import type { Logins } from './logins.ts'
import { isOverAtProvider, markLogin } from './logout-marks.ts'

/** How many logins are ended at the same time. */
const AT_ONCE = 50

/**
 * Ends the logins that are meant, wherever their sessions are. Marks come first: from then on no request can bring a session
 * back. Returns how many logins were ended.
 */
export async function endLogins(
  logins: Logins,
  found: readonly FoundEntry[],
  isMeant: (entry: FoundEntry) => boolean,
): Promise<number> {
  const meant = found.filter(isMeant)
  for (let start = 0; start < meant.length; start += AT_ONCE) {
    await Promise.all(meant.slice(start, start + AT_ONCE).map(entry => endOne(logins, entry)))
  }
  const kept = found.filter(entry => !isMeant(entry))
  const destroyed = new Set(meant.map(({ sessionId }) => sessionId))
  await destroyCopies(logins, await dropFromIndex(logins.settings, meant, kept), destroyed)
  return new Set(meant.map(({ loginId }) => loginId)).size
}

/** The app may have copied a login into another session after the lookup. A copy made later than this sees the mark. */
async function destroyCopies(
  logins: Logins,
  sessionIds: ReadonlySet<string>,
  known: ReadonlySet<string>,
): Promise<void> {
  const copies = [...sessionIds].filter(id => !known.has(id))
  await Promise.all(copies.map(id => logins.sessions.destroy(id)))
}

async function endOne(logins: Logins, { loginId, sessionId }: FoundEntry): Promise<void> {
  await closeLogin(logins, loginId)
  await deleteTokens(logins.settings, { id: loginId })
  await logins.sessions.destroy(sessionId)
}

/** From here on no request can bring the login back, and open connections that depend on it have been told. */
async function closeLogin(logins: Logins, loginId: string): Promise<void> {
  endWatches(logins.watches, loginId) // first, because connections to this replica need not wait for the store
  await markLogin(logins.settings, loginId)
  logins.settings.tally.endedLogins += 1
  publish('login.ended', { issuer: logins.settings.issuer, loginId })
}

/** Ends a login that the provider no longer recognizes. Its session stays, for the other data in it. */
export async function endAtProvider(logins: Logins, login: Login): Promise<void> {
  await closeLogin(logins, login.id)
  const sessionIds = await dropFromIndex(logins.settings, [
    buildEntry(logins.settings, login, login.sessionId),
  ])
  await destroyCopies(logins, sessionIds, new Set([login.sessionId]))
}

/**
 * Ends the login and the session of a request. The browser forgets its cookie and the session is destroyed even if this
 * library's store fails. The failure is thrown afterwards, because a request that is still running could bring the session back.
 *
 * @returns The tokens of the login.
 */
export async function endOwnLogin(
  logins: Logins,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<Tokens | undefined> {
  const [ended] = await Promise.allSettled([endReplaced(logins, readHeldLogin(req))])
  if (hasSession(req)) await endLogin(req, res)
  if (ended.status === 'rejected') throw ended.reason
  return ended.value
}

/**
 * Ends the login that another one takes the place of in the same browser. The session is destroyed by the caller, which
 * replaces it.
 *
 * @param logins - Those of the relying party that the login belongs to.
 * @returns The tokens of the login.
 */
export async function endReplaced(logins: Logins, login: Login | undefined): Promise<Tokens | undefined> {
  if (!isOwnLogin(login, logins.settings)) return undefined // none, or its relying party is no longer part of the app
  await endAtProvider(logins, login)
  return takeTokens(logins.settings, login)
}

/**
 * Adds a login that was just saved to the index, then checks whether the provider has ended it in the meantime. The login and
 * the logout cannot miss each other: one of them always sees the other.
 *
 * @throws {@link OidcError} `ERR_OIDC_LOGIN_CUT_SHORT`; nobody is signed in then, nor after a store failure.
 */
export async function admitLogin(
  logins: Logins,
  req: IncomingMessage,
  res: ServerResponse,
  signInStartedAt: number,
): Promise<void> {
  const login = readLogin(req, logins.settings)
  if (!login) return
  try {
    await addToIndex(logins.settings, login, login.sessionId)
    if (!(await isOverAtProvider(logins.settings, login, signInStartedAt))) return
    throw new OidcError('ERR_OIDC_LOGIN_CUT_SHORT')
  } catch (error) {
    await endOwnLogin(logins, req, res).catch(() => undefined) // the first failure is the one to report
    throw error
  }
}

/**
 * Adds the login of a request to the index again, if the store may have lost it. `undefined` if the provider has ended the login
 * while no logout could find it: the request continues with a new session.
 *
 * @throws {@link OidcError} `ERR_OIDC_SESSION_UNAVAILABLE` or `ERR_OIDC_STORE_UNAVAILABLE`.
 */
export async function admitReturn(
  logins: Logins,
  req: IncomingMessage,
  login: Login,
): Promise<Login | undefined> {
  if (!logins.returns.isDue(login) || (await logins.returns.add(login))) return login
  await endReplaced(logins, login)
  await callRequestSession(req, 'could not be renewed', (session, done) => session.regenerate(done))
  return undefined
}
