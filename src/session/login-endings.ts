import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RelyingParty } from '../relying-party/relying-party.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { publish } from '../vocabulary/events.ts'
import { addToIndex, buildEntry, dropFromIndex, type FoundEntry } from './login-index.ts'
import { tellEnded } from './login-watch.ts'
import { endLogin, type Login, readLogin } from './logins.ts'
import { isOverAtProvider, markLogin } from './logout-marks.ts'
import { destroySession } from './session-store.ts'
import { deleteTokens } from './tokens.ts'

/** How many logins are ended side by side. */
const AT_ONCE = 50

/** Ends logins wherever their sessions are. Marks first: from then on no request can bring a session back. */
export async function endLogins(
  rp: RelyingParty,
  ended: readonly FoundEntry[],
  kept: readonly FoundEntry[] = [],
): Promise<void> {
  for (let start = 0; start < ended.length; start += AT_ONCE) {
    await Promise.all(ended.slice(start, start + AT_ONCE).map(entry => endOne(rp, entry)))
  }
  await dropFromIndex(rp, ended, kept)
}

async function endOne(rp: RelyingParty, { loginId, sessionId }: FoundEntry): Promise<void> {
  await endRecords(rp, loginId)
  await destroySession(rp, sessionId)
}

async function endRecords(rp: RelyingParty, loginId: string): Promise<void> {
  await markLogin(rp, loginId)
  tellEnded(rp, loginId)
  await deleteTokens(rp, loginId)
  publish('login.ended', { issuer: rp.settings.issuer, loginId })
}

/**
 * Ends the login and the session of a request. The browser forgets its cookie and the session is destroyed even if our own
 * store fails; that is said afterwards, because a request that still runs could then bring the session back.
 */
export async function endOwnLogin(
  rp: RelyingParty,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const login = readLogin(req, rp.settings)
  const failure: unknown = await endReplaced(rp, login).then(
    () => undefined,
    error => error,
  )
  await endLogin(req, res)
  if (failure) throw failure
}

/** Ends the login that another one takes the place of in the same browser. The session is destroyed by who replaces it. */
export async function endReplaced(rp: RelyingParty, login: Login | undefined): Promise<void> {
  if (!login) return
  await endRecords(rp, login.id)
  await dropFromIndex(rp, [buildEntry(rp, login, login.sessionId)])
}

/**
 * Lets a login that was just saved be found, and then looks whether the provider has ended it meanwhile: of the two, one
 * always sees the other.
 *
 * @throws {@link OidcError} `ERR_OIDC_LOGIN_ENDED`; nobody is signed in then, nor after a failure of the store.
 */
export async function admitLogin(
  rp: RelyingParty,
  req: IncomingMessage,
  res: ServerResponse,
  signInStartedAt: number,
): Promise<void> {
  const login = readLogin(req, rp.settings)
  if (!login) return
  try {
    await addToIndex(rp, login, login.sessionId)
    if (!(await isOverAtProvider(rp, login, signInStartedAt))) return
    throw new OidcError('ERR_OIDC_LOGIN_ENDED')
  } catch (error) {
    await endOwnLogin(rp, req, res).catch(() => undefined) // the first failure is the one to tell
    throw error
  }
}
