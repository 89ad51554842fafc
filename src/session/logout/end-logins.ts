import type { IncomingMessage, ServerResponse } from 'node:http'
import { OidcError } from '../../vocabulary/errors.ts'
import { publish } from '../../vocabulary/events.ts'
import { endLogin, isOwnLogin, type Login, readHeldLogin, readLogin } from '../login/login.ts'
import { hasSession } from '../login/request-session.ts'
import { type Tokens, takeTokens } from '../login/token-record.ts'
import { addToIndex, buildEntry, dropFromIndex, type FoundEntry } from './login-index.ts'
import { endWatches } from './login-watches.ts'
import type { Logins } from './logins.ts'
import { isOverAtProvider, markLogin } from './logout-marks.ts'

/** How many logins are ended side by side. */
const AT_ONCE = 50

/**
 * Ends those logins that are meant, wherever their sessions are. Marks first: from then on no request can bring a session back.
 * Returns how many.
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

/** The app may have copied a login into another session after it was looked up: from the index on, its mark is seen. */
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
  await takeTokens(logins.settings, { id: loginId })
  await logins.sessions.destroy(sessionId)
}

/** From here on no request can bring the login back, and who watches it knows. */
async function closeLogin(logins: Logins, loginId: string): Promise<void> {
  endWatches(logins.watches, loginId) // first: who watches here need not wait for the store
  await markLogin(logins.settings, loginId)
  publish('login.ended', { issuer: logins.settings.issuer, loginId })
}

/** Ends a login that the provider no longer stands by. Its session stays, for what else it holds. */
export async function endAtProvider(logins: Logins, login: Login): Promise<void> {
  await closeLogin(logins, login.id)
  const sessionIds = await dropFromIndex(logins.settings, [
    buildEntry(logins.settings, login, login.sessionId),
  ])
  await destroyCopies(logins, sessionIds, new Set([login.sessionId]))
}

/**
 * Ends the login and the session of a request. The browser forgets its cookie and the session is destroyed even if our own
 * store fails; that is said afterwards, because a request that still runs could then bring the session back.
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
 * Lets a login that was just saved be found, and then looks whether the provider has ended it meanwhile: of the two, one
 * always sees the other.
 *
 * @throws {@link OidcError} `ERR_OIDC_LOGIN_CUT_SHORT`; nobody is signed in then, nor after a failure of the store.
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
    await endOwnLogin(logins, req, res).catch(() => undefined) // the first failure is the one to tell
    throw error
  }
}
