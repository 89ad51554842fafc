import type { IncomingMessage } from 'node:http'
import type { Login } from '../session/login/login.ts'
import { readLogin } from '../session/login/request-login.ts'
import { hasSession } from '../session/login/request-session.ts'
import { readSession, type SessionMiddleware } from '../session/login/upgrade-request.ts'
import { watchLogin } from '../session/logout/login-watches.ts'
import type { Logins } from '../session/logout/logins.ts'
import type { IdTokenClaims } from '../vocabulary/claims.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { argumentError, verifyOptions } from './guards/arguments.ts'
import { relyingPartyOf } from './request/request-state.ts'

/** How `authenticate()` reads a request. */
export interface AuthenticateOptions {
  /**
   * The same express-session middleware that the app mounts. The session is read again with it. Without this option, the
   * session is the one that the app's middleware has put on the request.
   */
  readonly session?: SessionMiddleware
  /** Origins of other sites whose pages may connect, such as `https://www.example`. Default: none. */
  readonly allowedOrigins?: readonly string[]
}

/** The signed-in user of a request, for as long as the connection is open. */
export interface AuthenticatedLogin {
  /** Identifies the login in events. */
  readonly loginId: string
  /** What `req.user` would be. */
  readonly user: Express.User
  /** Claims of the ID token. */
  readonly claims: IdTokenClaims
  /** The scope that was granted. */
  readonly scope: string
  /** When the login ends, no matter how active the user is. */
  readonly endsAt: Date
  /** Fires when the login has ended: by its time, by a logout, or because the relying party was closed. */
  readonly signal: AbortSignal
}

/** Reads the signed-in user from only a request. Writes nothing. */
export async function authenticate(
  logins: Logins,
  req: IncomingMessage,
  options: AuthenticateOptions = {},
): Promise<AuthenticatedLogin | undefined> {
  const { session, allowedOrigins } = verifyAuthenticateOptions(options)
  const own = logins.settings.addresses.map(({ baseUrl }) => new URL(baseUrl).origin)
  verifyOrigin(req, [...own, ...allowedOrigins])
  const read = session ? await readSession(req, session) : req
  if (!hasSession(read)) throw missingSession(req)
  const login = readLogin(read, logins.settings)
  if (!login || (logins.returns.isDue(login) && !(await logins.returns.add(login)))) return undefined
  return buildAuthenticated(logins, login, req)
}

function verifyAuthenticateOptions(
  options: AuthenticateOptions,
): AuthenticateOptions & { readonly allowedOrigins: readonly string[] } {
  const known = ['session', 'allowedOrigins']
  const { session, allowedOrigins = [] } = verifyOptions('authenticate', options, known)
  if (session !== undefined && typeof session !== 'function')
    throw argumentError('authenticate', 'session must be the express-session middleware that the app mounts')
  if (!Array.isArray(allowedOrigins) || !allowedOrigins.every(isOrigin))
    throw argumentError(
      'authenticate',
      'allowedOrigins must be an array of origins, such as https://www.example',
    )
  return { ...(session && { session }), allowedOrigins }
}

function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value
}

/**
 * Browsers send cookies with an upgrade request no matter which page it comes from, and let that page read what is sent over
 * the connection (RFC 6455 §10.2). A client that sends no `Origin` is not a browser, so it cannot use another user's cookie.
 */
function verifyOrigin(req: IncomingMessage, allowed: readonly string[]): void {
  const { origin } = req.headers
  if (origin !== undefined && !allowed.includes(origin)) throw new OidcError('ERR_OIDC_ORIGIN_REFUSED')
}

/** Behind the middleware, express-session is known to be present, so it is the store that is unavailable. */
function missingSession(req: IncomingMessage): OidcError {
  if (relyingPartyOf(req)) return new OidcError('ERR_OIDC_SESSION_UNAVAILABLE')
  return new OidcError('ERR_OIDC_SESSION_MISSING', {
    message: "authenticate: pass the app's express-session middleware as the option session.",
  })
}

function buildAuthenticated(
  { settings, watches }: Logins,
  login: Login,
  req: IncomingMessage,
): AuthenticatedLogin {
  const endsAt = login.startedAt + settings.absoluteLifetime
  return Object.freeze<AuthenticatedLogin>({
    loginId: login.id,
    user: login.user,
    claims: login.claims,
    scope: login.scope,
    endsAt: new Date(endsAt),
    signal: watchLogin(watches, { id: login.id, endsAt }, req.socket),
  })
}
