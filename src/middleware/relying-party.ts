import type { IncomingMessage } from 'node:http'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import type { RelyingPartyOptions } from '../relying-party/options.ts'
import { buildRelyingParty, type RelyingParty } from '../relying-party/relying-party.ts'
import type { RotationWay } from '../relying-party/rotating.ts'
import { buildSettings } from '../relying-party/settings.ts'
import type { RelyingPartyStatus } from '../relying-party/status.ts'
import { hasSession, type Login, readLogin } from '../session/logins.ts'
import { registerOwner } from '../session/owners.ts'
import { closeWatches } from '../session/watches.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { isPrefetch } from './answer.ts'
import { type AuthenticatedLogin, type AuthenticateOptions, authenticate } from './authenticate.ts'
import { attachNobody, bearer, bearerOf } from './bearer.ts'
import { callback } from './callback.ts'
import { fail } from './fail.ts'
import { initiateLogin } from './initiate-login.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import { logoutCallback } from './logout-callback.ts'
import { findConflict } from './neighbours.ts'
import { attach } from './request-oidc.ts'
import type { Route } from './route.ts'
import { userInfoUpkeep } from './user-info-upkeep.ts'

/** The middleware that {@link relyingParty} makes. */
export interface RelyingPartyMiddleware extends RequestHandler {
  /**
   * Waits until the provider is discovered and the app registered.
   *
   * @param options - `timeout` in milliseconds, default 30,000.
   * @throws {@link OidcError} When the time is over, or at once for what only a change of the configuration mends.
   */
  ready(options?: { readonly timeout?: number }): Promise<void>
  /**
   * Reads who is signed in from a request alone, as for a WebSocket upgrade or an event stream, which go on after it.
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
   * @throws {@link OidcError} `ERR_OIDC_ORIGIN_REFUSED` for a page of another site, `ERR_OIDC_SESSION_UNAVAILABLE` if the
   * session cannot be read, `ERR_OIDC_SESSION_MISSING`, `ERR_OIDC_INVALID_OPTION`.
   * @see RFC 6455 §10.2, §10.5
   */
  authenticate(req: IncomingMessage, options?: AuthenticateOptions): Promise<AuthenticatedLogin | undefined>
  /** How the relying party is. Holds no secret. */
  status(): RelyingPartyStatus
  /**
   * Renews the app's credentials by the first way that the provider allows: other keys, another secret, or another client.
   *
   * @returns The way that was taken.
   */
  rotate(): Promise<RotationWay>
  /** Deletes the app's clients at the provider, and their record. Shutting down never does. */
  unregister(): Promise<void>
  /**
   * Ends background work and fires the signals of `authenticate()`; resolves when what is running has ended. Sessions and
   * the registration stay.
   */
  close(): Promise<void>
}

/**
 * Makes an Express app a relying party of an OpenID Provider: discovers it, registers the app as a client, mounts
 * `/login`, `/callback`, `/logout` and `/logout/callback`, and puts the user on `req.user`. Mount it behind
 * express-session. Discovery and registration run in the background; a provider that is away stops no other page.
 *
 * @example
 * ```ts
 * app.use(session({ secret, resave: false, saveUninitialized: false }))
 * app.use(relyingParty({ issuer: 'https://op.example', baseUrl: 'https://app.example' }))
 * ```
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, naming the option, the rule and the mend.
 */
export function relyingParty(options: RelyingPartyOptions = {}): RelyingPartyMiddleware {
  const rp = buildRelyingParty(buildSettings(options, process.env))
  const isForTokensAlone = rp.settings.bearer?.only === true
  const routes: ReadonlyMap<string, Route> = isForTokensAlone ? new Map() : buildRoutes(rp)
  const tokens = bearer(rp)
  const upkeep = userInfoUpkeep(rp)
  registerOwner(rp)
  let sessionSeen = false

  function relyingParty(req: Request, res: Response, next: NextFunction): void {
    const route = routes.get(req.path)
    const hasToken = !route && tokens?.isPresent(req) === true
    sessionSeen ||= hasSession(req)
    if (!sessionSeen && !hasToken && !isForTokensAlone)
      return fail(rp, new OidcError('ERR_OIDC_SESSION_MISSING'), req, res, next)
    const conflict = findConflict(rp, req)
    if (conflict) return fail(rp, conflict, req, res, next)
    if (!route && isSettled(req, hasToken)) return next()
    const login = hasToken ? undefined : readLogin(req, rp.settings)
    attach(rp, req, res, login)
    if (isForTokensAlone) attachNobody(req, new OidcError('ERR_OIDC_UNAUTHENTICATED'))
    if (hasToken) return void tokens.take(req).then(() => next(), next)
    if (!route && login && upkeep.isDue(login)) return renew(login, req, res, next)
    if (!route) return next()
    answer(route, req, res).catch(error => fail(rp, error, req, res, next))
  }

  function renew(login: Login, req: Request, res: Response, next: NextFunction): void {
    const renewed = upkeep.renew(req, login).then(current => {
      if (!current) req.user = undefined
      attach(rp, req, res, current)
    })
    renewed.then(
      () => next(),
      error => fail(rp, error, req, res, next),
    )
  }
  return Object.assign(relyingParty, {
    ready: rp.ready,
    status: rp.status,
    rotate: rp.rotate,
    unregister: rp.unregister,
    authenticate: (req: IncomingMessage, options?: AuthenticateOptions) => authenticate(rp, req, options),
    close() {
      closeWatches(rp)
      return rp.close()
    },
  })
}

/** Whether another relying party of this app has taken the request's access token, or this one could not do better. */
function isSettled(req: Request, hasToken: boolean): boolean {
  const taken = bearerOf(req)
  return taken !== undefined && (taken.failure === undefined || !hasToken)
}

function buildRoutes(rp: RelyingParty): ReadonlyMap<string, Route> {
  const { routes } = rp.settings
  const mounted = new Map([
    [routes.callback, callback(rp)],
    [routes.logoutCallback, logoutCallback(rp)],
  ])
  if (routes.login) mounted.set(routes.login, login(rp))
  if (routes.logout) mounted.set(routes.logout, logout(rp))
  if (routes.initiateLogin) mounted.set(routes.initiateLogin, initiateLogin(rp))
  return mounted
}

async function answer(route: Route, req: Request, res: Response): Promise<void> {
  if (!hasSession(req)) throw new OidcError('ERR_OIDC_SESSION_UNAVAILABLE')
  const method = route.methods.find(allowed => allowed === req.method)
  if (!method) {
    res.setHeader('Allow', route.methods.join(', '))
    throw new OidcError('ERR_OIDC_METHOD_NOT_ALLOWED')
  }
  if (isPrefetch(req)) return void res.status(204).end()
  await route.handle(req, res)
}
