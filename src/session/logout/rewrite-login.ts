import type { IncomingMessage } from 'node:http'
import type { Login } from '../login/login.ts'
import { formatLogin, parseLogin } from '../login/login-text.ts'
import { callRequestSession, type WithSession } from '../login/request-session.ts'
import type { Logins } from './logins.ts'
import { isLoginOver } from './logout-marks.ts'

/**
 * Saves a login whose user has different claims now. A login that was ended while they were fetched stays ended: `false`, and
 * the request continues with a new session.
 *
 * @throws {@link OidcError} `ERR_OIDC_SESSION_UNAVAILABLE` or `ERR_OIDC_STORE_UNAVAILABLE`.
 */
export async function rewriteLogin(
  { settings, sessions }: Logins,
  req: IncomingMessage,
  login: Login,
): Promise<boolean> {
  const { session } = req as WithSession
  if (!session || parseLogin(session.oidc)?.id !== login.id) return false
  const stored = await sessions.read(session.id) // because the copy in this request may be old
  if (parseLogin(stored?.oidc)?.id === login.id && !(await isLoginOver(settings, login.id))) {
    session.oidc = formatLogin(login)
    await callRequestSession(req, 'could not be saved', (current, done) => current.save(done))
    if (!(await isLoginOver(settings, login.id))) return true
  }
  await callRequestSession(req, 'could not be renewed', (current, done) => current.regenerate(done))
  return false
}
