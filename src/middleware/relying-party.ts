import type { NextFunction, Request, RequestHandler, Response } from 'express'
import type { RelyingPartyOptions } from '../relying-party/options.ts'
import { buildRelyingParty, type RelyingParty } from '../relying-party/relying-party.ts'
import type { RotationWay } from '../relying-party/rotating.ts'
import { buildSettings } from '../relying-party/settings.ts'
import type { RelyingPartyStatus } from '../relying-party/status.ts'
import { hasSession } from '../session/logins.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { isPrefetch } from './answer.ts'
import { attachNobody, bearer } from './bearer.ts'
import { callback } from './callback.ts'
import { fail } from './fail.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import { logoutCallback } from './logout-callback.ts'
import { attach } from './request-oidc.ts'
import type { Route } from './route.ts'

/** The middleware that {@link relyingParty} makes. */
export interface RelyingPartyMiddleware extends RequestHandler {
  /**
   * Waits until the provider is discovered and the app registered.
   *
   * @param options - `timeout` in milliseconds, default 30,000.
   * @throws {@link OidcError} When the time is over, or at once for what only a change of the configuration mends.
   */
  ready(options?: { readonly timeout?: number }): Promise<void>
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
  /** Ends background work, and resolves when what is running has ended. Sessions and the registration stay. */
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
  let sessionSeen = false

  function relyingParty(req: Request, res: Response, next: NextFunction): void {
    const route = routes.get(req.path)
    const hasToken = !route && tokens?.isPresent(req) === true
    sessionSeen ||= hasSession(req)
    if (!sessionSeen && !hasToken && !isForTokensAlone)
      return fail(rp, new OidcError('ERR_OIDC_SESSION_MISSING'), req, res, next)
    attach(rp, req, res)
    if (isForTokensAlone) attachNobody(req, new OidcError('ERR_OIDC_UNAUTHENTICATED'))
    if (hasToken)
      return void tokens
        .take(req)
        .then(() => next())
        .catch(next)
    if (!route) return next()
    answer(route, req, res).catch(error => fail(rp, error, req, res, next))
  }
  return Object.assign(relyingParty, {
    ready: rp.ready,
    status: rp.status,
    rotate: rp.rotate,
    unregister: rp.unregister,
    close: rp.close,
  })
}

function buildRoutes(rp: RelyingParty): ReadonlyMap<string, Route> {
  const { routes } = rp.settings
  const mounted = new Map([
    [routes.callback, callback(rp)],
    [routes.logoutCallback, logoutCallback(rp)],
  ])
  if (routes.login) mounted.set(routes.login, login(rp))
  if (routes.logout) mounted.set(routes.logout, logout(rp))
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
