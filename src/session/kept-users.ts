import type { IncomingMessage } from 'node:http'
import type { SessionData, Store } from 'express-session'
import type { RelyingParty } from '../relying-party/relying-party.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { type Login, settle, type WithSession } from './logins.ts'
import { isLoginOver } from './logout-marks.ts'

/**
 * Saves a login whose user has other claims now. A login that was ended while they were got stays ended: `false`, and the
 * request goes on with a new session.
 *
 * @throws {@link OidcError} `ERR_OIDC_SESSION_UNAVAILABLE` or `ERR_OIDC_STORE_UNAVAILABLE`.
 */
export async function rewriteLogin(rp: RelyingParty, req: IncomingMessage, login: Login): Promise<boolean> {
  const { session } = req as WithSession
  if (session?.oidc?.id !== login.id) return false
  if ((await isStored(req, login)) && !(await isLoginOver(rp, login.id))) {
    session.oidc = login
    await settle(req, 'could not be saved', (current, done) => current.save(done))
    if (!(await isLoginOver(rp, login.id))) return true
  }
  await settle(req, 'could not be renewed', (current, done) => current.regenerate(done))
  return false
}

/** Whether the session store still has this login, whatever the copy of this request says. */
async function isStored(req: IncomingMessage, { id }: Login): Promise<boolean> {
  const { sessionStore, sessionID } = req as IncomingMessage & {
    readonly sessionStore: Store
    readonly sessionID: string
  }
  const stored = await new Promise<SessionData | null | undefined>((resolve, reject) => {
    sessionStore.get(sessionID, (error, data) => (error ? reject(error) : resolve(data)))
  }).catch(cause => {
    throw new OidcError('ERR_OIDC_SESSION_UNAVAILABLE', {
      message: 'The session could not be read.',
      cause,
    })
  })
  return stored?.oidc?.id === id
}
