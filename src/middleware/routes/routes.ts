import type { Request, RequestHandler, Response } from 'express'
import type { RoutePaths } from '../../relying-party/options/route-paths.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import type { ReportedParty } from '../../session/build-status-report.ts'
import { hasSession, missingSession } from '../../session/login/request-session.ts'
import type { SessionRelyingParty } from '../../session/session-relying-party.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { traced } from '../../vocabulary/operations.ts'
import { refuseUnseen } from '../request/answer.ts'
import { fail } from '../request/fail.ts'
import { guardRequestSession } from '../request/guard-session.ts'
import { isPrefetch } from '../request/navigation.ts'
import type { Route } from '../request/route.ts'
import { jwks } from './jwks.ts'
import { backchannelLogout } from './logout/backchannel-logout.ts'
import { frontchannelLogout } from './logout/frontchannel-logout.ts'
import { logout } from './logout/logout.ts'
import { logoutCallback } from './logout/logout-callback.ts'
import { withSetupReport } from './setup-report.ts'
import { callback } from './sign-in/callback.ts'
import { initiateLogin } from './sign-in/initiate-login.ts'
import { login } from './sign-in/login.ts'
import { status } from './status.ts'

/**
 * The routes of the middleware, for an app that mounts some of them itself, in front of other middleware that would stop them:
 * behind express-session, at the path in `options.routes`.
 *
 * @example
 * ```ts
 * const rp = relyingParty({ issuer: 'https://op.example', baseUrl: 'https://app.example' })
 * app.post('/backchannel-logout', rp.handlers.backchannelLogout)
 * ```
 */
export interface RouteHandlers extends Readonly<Record<keyof RoutePaths, RequestHandler>> {
  /**
   * Reports to operators: provider, client, rotation, stores, sessions and the last errors. Browsers that open it get a page, other
   * clients a {@link StatusReport} as JSON, both with status 200 whatever they report. It contains no secret, and of users only numbers.
   *
   * It is mounted nowhere by default, and **does not check who is asking**: put a guard in front, or mount it on a port that only
   * operators can reach. It needs no session, asks the provider nothing, and answers within about 2 seconds even while a store hangs.
   *
   * @example
   * ```ts
   * const rp = relyingParty({ issuer: 'https://op.example', baseUrl: 'https://app.example' })
   * app.get('/operators/sign-in', requireRoles('operator'), rp.handlers.status)
   * ```
   */
  readonly status: RequestHandler
}

/** Every route of a relying party, by name. */
export type Routes = Readonly<Record<keyof RoutePaths, Route>>

export function buildRoutes(rp: SessionRelyingParty): Routes {
  return {
    login: withSetupReport(rp, login(rp)),
    callback: withSetupReport(rp, tracedCallback(rp)),
    logout: logout(rp),
    logoutCallback: logoutCallback(rp),
    backchannelLogout: backchannelLogout(rp),
    frontchannelLogout: frontchannelLogout(rp),
    initiateLogin: initiateLogin(rp),
    jwks: jwks(rp),
  }
}

function tracedCallback(rp: SessionRelyingParty): Route {
  const { issuer } = rp.settings
  const route = callback(rp)
  return { ...route, handle: (req, res) => traced('callback', { issuer }, () => route.handle(req, res)) }
}

/** The routes that are on, by path. */
export function routesByPath(settings: Settings, routes: Routes): ReadonlyMap<string, Route> {
  const paths: Readonly<Record<string, string | undefined>> = { ...settings.routes }
  const mounted = Object.entries(routes).flatMap(([name, route]): [string, Route][] => {
    const path = paths[name]
    return path === undefined ? [] : [[path, route]]
  })
  return new Map(mounted)
}

/** A relying party at one of the app's addresses, and its routes there. */
export interface Served {
  readonly rp: SessionRelyingParty
  readonly routes: Routes
}

/** Makes handlers from routes. Each one first does what its route needs from the middleware. */
export function buildHandlers(main: SessionRelyingParty, find: (req: Request) => Served): RouteHandlers {
  const names = Object.keys(main.settings.routes) as (keyof Routes)[]
  const handlers = names.map((name): [string, RequestHandler] => [
    name,
    (req, res, next) => {
      const { rp, routes } = find(req)
      const fault = guardRequestSession(rp, req)
      if (fault) return fail(rp.settings, fault, req, res, next)
      answer(routes[name], req, res).catch(error => fail(rp.settings, error, req, res, next))
    },
  ])
  return Object.freeze({ ...Object.fromEntries(handlers), status: statusHandler(main) } as RouteHandlers)
}

/** It also works where the sessions are not as they should be, because it reports that. */
function statusHandler(rp: ReportedParty): RequestHandler {
  const route = status(rp)
  return (req, res, next) => {
    answer(route, req, res).catch(error => fail(rp.settings, error, req, res, next))
  }
}

/** Answers a request to a route, if the route accepts its method. */
export async function answer(route: Route, req: Request, res: Response): Promise<void> {
  if (!hasSession(req) && route.needsSession !== false) throw missingSession()
  const method = route.methods.find(allowed => allowed === req.method)
  if (!method) {
    res.setHeader('Allow', route.methods.join(', '))
    throw new OidcError('ERR_OIDC_METHOD_NOT_ALLOWED')
  }
  if (isPrefetch(req)) return refuseUnseen(res)
  await route.handle(req, res)
}
