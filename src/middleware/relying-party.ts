import type { IncomingMessage } from 'node:http'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import type { RotationWay } from '../relying-party/changes/rotate-credentials.ts'
import type { RelyingPartyOptions } from '../relying-party/options/options.ts'
import { buildSettings } from '../relying-party/options/settings.ts'
import { buildRelyingParty } from '../relying-party/relying-party.ts'
import type { RelyingPartyStatus } from '../relying-party/status.ts'
import { registerOwner } from '../session/login-owner.ts'
import { closeWatches } from '../session/logout/login-watches.ts'
import { type SessionDirectory, sessionDirectory } from '../session/logout/session-directory.ts'
import { atEachAddress, keepLogins, type SessionRelyingParty } from '../session/session-relying-party.ts'
import { type AuthenticatedLogin, type AuthenticateOptions, authenticate } from './authenticate.ts'
import { addressFinder } from './request/address-finder.ts'
import { buildHandlers, buildRoutes, type RouteHandlers, type Served } from './routes/routes.ts'
import { sessionHandler } from './session-handler.ts'
import { tokenHandler } from './token-handler.ts'
import { bearer } from './tokens/bearer.ts'

/** The middleware that {@link relyingParty} makes. */
export interface RelyingPartyMiddleware extends RequestHandler {
  /**
   * Waits until the provider is discovered and the app registered.
   *
   * @example
   * ```ts
   * const rp = relyingParty()
   * app.use(session({ secret, resave: false, saveUninitialized: false }), rp)
   * await rp.ready({ timeout: 10 })
   * app.listen(3000)
   * ```
   * @param options - `timeout` in seconds, at most 3,600. Default 30.
   * @throws {@link OidcError} After the timeout, or immediately for a failure that only a configuration change can fix.
   */
  ready(options?: { readonly timeout?: number }): Promise<void>
  /**
   * Reads the signed-in user from only a request, for connections that outlive it, such as a WebSocket or an event stream.
   * Writes nothing: no session, no cookie.
   *
   * @example
   * ```ts
   * import { createServer } from 'node:http'
   *
   * const sessions = session({ secret, resave: false, saveUninitialized: false })
   * const auth = relyingParty()
   * app.use(sessions, auth)
   * createServer(app).on('upgrade', async (req, socket) => {
   *   socket.on('error', () => socket.destroy())
   *   const login = await auth.authenticate(req, { session: sessions }).catch(() => undefined)
   *   if (!login) return void socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n')
   *   login.signal.addEventListener('abort', () => socket.destroy())
   * })
   * ```
   * @returns `undefined` if nobody is signed in.
   * @throws {@link OidcError} `ERR_OIDC_ORIGIN_REFUSED` for a page from another site, `ERR_OIDC_SESSION_UNAVAILABLE` if the
   * session cannot be read, `ERR_OIDC_SESSION_MISSING`, `ERR_OIDC_INVALID_OPTION`.
   * @see RFC 6455 §10.2, §10.5
   */
  authenticate(req: IncomingMessage, options?: AuthenticateOptions): Promise<AuthenticatedLogin | undefined>
  /**
   * The state of the relying party. Contains no secret.
   *
   * @example
   * ```ts
   * const rp = relyingParty()
   * app.get('/readyz', (req, res) => res.sendStatus(rp.status().state === 'ready' ? 200 : 503))
   * ```
   */
  status(): RelyingPartyStatus
  /** The sessions of the app's users: lists them, and ends one, all others, or all. */
  readonly sessions: SessionDirectory
  /** The routes, for an app that mounts some of them itself, and the report for operators. */
  readonly handlers: RouteHandlers
  /**
   * Renews the app's credentials by the first way that the provider allows: new keys, a new secret, or a new client. Keys for
   * encrypted responses are renewed with them. Nobody is signed out.
   *
   * With `routes.jwks` it resolves when the next key is served, and that key signs 65 minutes later, because providers keep the keys
   * that they have fetched. Until then `status().nextRotationAt` says when, and another call changes nothing.
   *
   * @example
   * ```ts
   * const rp = relyingParty()
   * app.post('/admin/rotate', requireRoles('admin'), async (req, res) => res.json({ way: await rp.rotate() }))
   * ```
   * @returns `keys`, `secret` or `replacement`: the way that was taken.
   * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION` for a client that was made by hand, `ERR_OIDC_NOT_READY` until the app is
   * registered, otherwise the reason why the provider changed nothing.
   */
  rotate(): Promise<RotationWay>
  /**
   * Deletes the app's clients at the provider, and their record. Shutting down never does that.
   *
   * @example
   * ```ts
   * const rp = relyingParty()
   * await rp.ready()
   * await rp.unregister()
   * ```
   * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION` for a client that was made by hand, `ERR_OIDC_NOT_READY` until the app is
   * registered, otherwise the reason why a client was not deleted.
   * @see RFC 7592 §2.3
   */
  unregister(): Promise<void>
  /**
   * Stops background work and fires the signals of `authenticate()`. Resolves when running work has finished. Sessions and
   * the registration stay.
   *
   * @example
   * ```ts
   * const rp = relyingParty()
   * const server = app.use(rp).listen(3000)
   * process.once('SIGTERM', () => server.close(() => void rp.close()))
   * ```
   */
  close(): Promise<void>
}

/**
 * Makes an Express app a relying party of an OpenID Provider: discovers it, registers the app as a client, mounts
 * `/login`, `/callback`, `/logout` and the addresses of the provider's own logouts, and puts the user on `req.user`. Mount it behind
 * express-session. Discovery and registration run in the background: while the provider is unavailable, other pages work.
 *
 * @example
 * ```ts
 * app.use(session({ secret, resave: false, saveUninitialized: false }))
 * app.use(relyingParty({ issuer: 'https://op.example', baseUrl: 'https://app.example' }))
 * ```
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, naming the option, the rule and the fix.
 */
export function relyingParty(options: RelyingPartyOptions = {}): RelyingPartyMiddleware {
  const rp = keepLogins(buildRelyingParty(buildSettings(options, process.env)))
  const atAddresses = atEachAddress(rp)
  const find = addressFinder(atAddresses.map(serverOf))
  const forgetOwner = registerOwner(atAddresses)

  function relyingParty(req: Request, res: Response, next: NextFunction): void {
    find(req).handle(req, res, next)
  }
  return Object.assign(relyingParty, {
    ready: rp.ready,
    status: rp.status,
    rotate: rp.rotate,
    unregister: rp.unregister,
    authenticate: (req: IncomingMessage, authenticating?: AuthenticateOptions) =>
      authenticate(rp.logins, req, authenticating),
    close() {
      forgetOwner()
      closeWatches(rp.logins.watches)
      return rp.close()
    },
    sessions: sessionDirectory(rp.logins),
    handlers: buildHandlers(rp, find),
  })
}

/** What answers the requests that are sent to one address of the app. */
function serverOf(rp: SessionRelyingParty): Served & { readonly handle: RequestHandler } {
  const routes = buildRoutes(rp)
  const tokens = bearer(rp)
  const isForTokensOnly = tokens && rp.settings.bearer?.tokensOnly
  return {
    rp,
    routes,
    handle: isForTokensOnly ? tokenHandler(rp, tokens) : sessionHandler(rp, routes, tokens),
  }
}
