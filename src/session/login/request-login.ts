import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SessionData } from 'express-session'
import type { Settings } from '../../relying-party/options/settings.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { MOST_AHEAD } from '../../vocabulary/stored-times.ts'
import { isOwnLogin, type Login, type NewLogin } from './login.ts'
import { formatLogin, parseLogin } from './login-text.ts'
import { callRequestSession, clearSessionCookie, type WithSession } from './request-session.ts'

declare module 'express-session' {
  interface SessionData {
    /** The login of `express-oidc-rp`, as a text that only it reads: use `req.user` and `req.oidc`. */
    oidc?: string
  }
}

/** The login in the session of a request, whichever relying party it belongs to, even if it has ended. A damaged one counts as none. */
export function readHeldLogin(req: IncomingMessage): Login | undefined {
  return parseLogin((req as WithSession).session?.oidc)
}

/**
 * The login of a request, or `undefined` if there is none, it has ended, or it belongs to another relying party. A damaged
 * one is reported: it signs nobody in, and a new sign-in replaces it.
 */
export function readLogin(req: IncomingMessage, settings: Settings): Login | undefined {
  const held = (req as WithSession).session?.oidc
  if (held === undefined) return undefined
  const login = parseLogin(held)
  if (!login) return reportDamage(settings)
  if (!isOwnLogin(login, settings) || login.isOver) return undefined
  const age = Date.now() - login.startedAt
  if (age < -MOST_AHEAD) return reportFuture(settings)
  return age < settings.absoluteLifetime ? login : undefined
}

function reportFuture({ logOnce }: Settings): undefined {
  logOnce(
    "A session says that it began later than now: this machine's clock was set back, or another replica's clock is wrong. Its user is signed out, and can sign in again. Let every replica keep its clock by NTP.",
  )
}

function reportDamage({ logOnce }: Settings): undefined {
  const { code } = new OidcError('ERR_OIDC_STORE_CORRUPT')
  logOnce(
    `The login in a session cannot be read: it is damaged, or another release of express-oidc-rp has written it. Its user is signed out, and can sign in again. (${code})`,
  )
}

/**
 * Puts a login into a new session and saves it. The session id changes, so that an attacker who knew the old one gains
 * nothing. The session's own data stays, unless it was another user's.
 *
 * @param beginning - Holds the login's id while the session is being saved.
 * @throws {@link OidcError} `ERR_OIDC_SESSION_UNAVAILABLE`; nobody is signed in then.
 */
export async function writeLogin(
  req: IncomingMessage,
  login: NewLogin,
  beginning: Set<string>,
): Promise<void> {
  const kept = keptData(req, login)
  await callRequestSession(req, 'could not be renewed', (session, done) => session.regenerate(done))
  const { session } = req as WithSession
  const oidc = formatLogin({ ...login, sessionId: session?.id ?? '' })
  Object.assign(session ?? {}, kept, { oidc })
  beginning.add(login.id)
  await callRequestSession(req, 'could not be saved', (renewed, done) => renewed.save(done)).finally(() =>
    beginning.delete(login.id),
  )
}

/** Notes in the session that the provider has ended its login, which then no longer signs anyone in. */
export function markOver(req: IncomingMessage, login: Login): void {
  const { session } = req as WithSession
  if (session && readHeldLogin(req)?.id === login.id) session.oidc = formatLogin({ ...login, isOver: true })
}

/** Ends the login of a request, and its session with it. The browser forgets its cookie, even if the store fails. */
export async function endLogin(req: IncomingMessage, res: ServerResponse): Promise<void> {
  clearSessionCookie(req, res)
  await callRequestSession(req, 'could not be ended', (session, done) => session.destroy(done))
}

function keptData(req: IncomingMessage, login: NewLogin): Record<string, unknown> {
  const {
    cookie: _,
    oidc,
    ...data
  } = Object.fromEntries(Object.entries((req as WithSession).session ?? {})) as Partial<SessionData>
  if (oidc === undefined) return data
  const before = parseLogin(oidc)
  const isSameUser =
    before?.issuer === login.issuer &&
    before.claims.iss === login.claims.iss &&
    before.claims.sub === login.claims.sub
  return isSameUser ? data : {}
}
