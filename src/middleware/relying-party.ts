import type { NextFunction, Request, RequestHandler, Response } from 'express'
import type { RelyingPartyOptions } from '../relying-party/options.ts'
import { buildRelyingParty, type RelyingParty } from '../relying-party/relying-party.ts'
import type { RotationWay } from '../relying-party/rotating.ts'
import { buildSettings } from '../relying-party/settings.ts'
import type { RelyingPartyStatus } from '../relying-party/status.ts'
import { guardSession } from '../session/guarded-session.ts'
import { hasSession } from '../session/logins.ts'
import { type SessionDirectory, sessionDirectory } from '../session/session-directory.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { isPrefetch } from './answer.ts'
import { backchannelLogout } from './backchannel-logout.ts'
import { callback } from './callback.ts'
import { fail } from './fail.ts'
import { frontchannelLogout } from './frontchannel-logout.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import { logoutCallback } from './logout-callback.ts'
import { attach } from './request-oidc.ts'
import type { Route } from './route.ts'

/**
 * Routes of the middleware, for an app that mounts them itself, in front of what would stop them.
 *
 * @example
 * ```ts
 * const rp = relyingParty({ issuer: 'https://op.example', baseUrl: 'https://app.example' })
 * app.post('/backchannel-logout', rp.handlers.backchannelLogout)
 * ```
 * @see OpenID Connect Back-Channel Logout 1.0 §2.5
 */
export interface RouteHandlers {
  /** Takes the provider's logout tokens. Mount it behind express-session, in front of body parsers and CSRF protection. */
  readonly backchannelLogout: RequestHandler
  /** The page that the provider loads in a frame. */
  readonly frontchannelLogout: RequestHandler
}

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
  /** The sessions of the app's users: list them, end one, all others, or all. */
  readonly sessions: SessionDirectory
  readonly handlers: RouteHandlers
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
 * `/login`, `/callback`, `/logout` and the addresses of the provider's own logouts, and puts the user on `req.user`. Mount it behind
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
  const provided = { backchannelLogout: backchannelLogout(rp), frontchannelLogout: frontchannelLogout(rp) }
  const routes = buildRoutes(rp, provided)
  let sessionSeen = false

  function relyingParty(req: Request, res: Response, next: NextFunction): void {
    sessionSeen ||= hasSession(req)
    const route = routes.get(req.path)
    if (!sessionSeen && route?.needsSession !== false)
      return fail(rp, new OidcError('ERR_OIDC_SESSION_MISSING'), req, res, next)
    const fault = guardSession(rp, req)
    if (fault) return fail(rp, fault, req, res, next)
    attach(rp, req, res)
    if (!route) return next()
    answer(route, req, res).catch(error => fail(rp, error, req, res, next))
  }
  return Object.assign(relyingParty, {
    ready: rp.ready,
    status: rp.status,
    rotate: rp.rotate,
    unregister: rp.unregister,
    close: rp.close,
    sessions: sessionDirectory(rp),
    handlers: Object.freeze({
      backchannelLogout: handlerOf(rp, provided.backchannelLogout),
      frontchannelLogout: handlerOf(rp, provided.frontchannelLogout),
    }),
  })
}

/** A route by itself. What it needs of the middleware, it does first. */
function handlerOf(rp: RelyingParty, route: Route): RequestHandler {
  return function providerLogout(req, res, next) {
    const fault = guardSession(rp, req)
    if (fault) return fail(rp, fault, req, res, next)
    answer(route, req, res).catch(error => fail(rp, error, req, res, next))
  }
}

type Provided = Readonly<Record<'backchannelLogout' | 'frontchannelLogout', Route>>

function buildRoutes(rp: RelyingParty, provided: Provided): ReadonlyMap<string, Route> {
  const { routes } = rp.settings
  const mounted = new Map([
    [routes.callback, callback(rp)],
    [routes.logoutCallback, logoutCallback(rp)],
  ])
  if (routes.login) mounted.set(routes.login, login(rp))
  if (routes.logout) mounted.set(routes.logout, logout(rp))
  for (const name of ['backchannelLogout', 'frontchannelLogout'] as const) {
    const path = routes[name]
    if (path) mounted.set(path, provided[name])
  }
  return mounted
}

async function answer(route: Route, req: Request, res: Response): Promise<void> {
  if (!hasSession(req) && route.needsSession !== false) throw new OidcError('ERR_OIDC_SESSION_UNAVAILABLE')
  const method = route.methods.find(allowed => allowed === req.method)
  if (!method) {
    res.setHeader('Allow', route.methods.join(', '))
    throw new OidcError('ERR_OIDC_METHOD_NOT_ALLOWED')
  }
  if (isPrefetch(req)) return void res.status(204).end()
  await route.handle(req, res)
}
