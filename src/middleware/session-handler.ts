import type { NextFunction, Request, RequestHandler, Response } from 'express'
import type { Login } from '../session/login/login.ts'
import { readLogin } from '../session/login/request-login.ts'
import { foreignSession, hasExpressSession, hasSession } from '../session/login/request-session.ts'
import { admitReturn } from '../session/logout/end-logins.ts'
import type { SessionRelyingParty } from '../session/session-relying-party.ts'
import { noteSession } from '../session/session-return.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { attach } from './attach.ts'
import { addressCheck } from './request/address-check.ts'
import { fail } from './request/fail.ts'
import { guardRequestSession } from './request/guard-session.ts'
import { enter } from './request/relying-party-conflicts.ts'
import { stateOf } from './request/request-state.ts'
import { routeFinder } from './request/route-finder.ts'
import { answer, type Routes, routesByPath } from './routes/routes.ts'
import { type Bearer, isTokenSettled } from './tokens/bearer.ts'
import { userInfoUpkeep } from './tokens/user-info-upkeep.ts'

/** Makes what `relyingParty()` does where users sign in: its routes, access tokens where they are on, then the session. */
export function sessionHandler(
  rp: SessionRelyingParty,
  routes: Routes,
  tokens: Bearer | undefined,
): RequestHandler {
  const findRoute = routeFinder(routesByPath(rp.settings, routes))
  const findMissingSession = sessionCheck()
  const checkAddress = addressCheck(rp.settings)
  const upkeep = userInfoUpkeep(rp)

  return function sessionHandler(req, res, next) {
    checkAddress(req, res)
    const route = findRoute(req)
    const token = !route && tokens?.isPresent(req) ? tokens : undefined
    const needsSession = route ? route.needsSession !== false : !token
    const fault =
      findMissingSession(req, needsSession) ?? enter(rp, stateOf(req)) ?? guardRequestSession(rp, req)
    if (fault) return fail(rp.settings, fault, req, res, next)
    if (!route && isTokenSettled(req, token !== undefined)) return next()
    const login = token ? undefined : readLogin(req, rp.settings)
    attach(rp, req, res, login)
    noteSession(rp.settings, req, res)
    if (route) return void answer(route, req, res).catch(error => fail(rp.settings, error, req, res, next))
    if (token) return void token.take(req, res).then(() => next(), next)
    if (login && (rp.logins.returns.isDue(login) || upkeep.isDue(login))) return update(login, req, res, next)
    next()
  }

  async function updated(login: Login, req: Request): Promise<Login | undefined> {
    const admitted = await admitReturn(rp.logins, req, login)
    return admitted && upkeep.isDue(admitted) ? upkeep.renew(req, admitted) : admitted
  }

  function update(login: Login, req: Request, res: Response, next: NextFunction): void {
    const attached = updated(login, req).then(current => {
      if (!current) req.user = undefined
      attach(rp, req, res, current)
    })
    attached.then(
      () => next(),
      error => fail(rp.settings, error, req, res, next),
    )
  }
}

/**
 * Tells whether express-session is missing in front. Once any request had a session, it is there: a request without one then
 * means that its store is disconnected.
 */
function sessionCheck(): (req: Request, needsSession: boolean) => OidcError | undefined {
  let isThere = false
  return (req, needsSession) => {
    if (!hasSession(req)) return needsSession && !isThere ? sessionMissing() : undefined
    isThere = true
    return needsSession && !hasExpressSession(req) ? foreignSession() : undefined
  }
}

function sessionMissing(): OidcError {
  return new OidcError('ERR_OIDC_SESSION_MISSING', {
    message:
      'There is no session on this request: mount express-session before relyingParty(). If it is mounted there, its cookie.path must include this address.',
  })
}
