import type { Request, Response } from 'express'
import type { Login } from '../session/login/login.ts'
import type { SessionRelyingParty } from '../session/session-relying-party.ts'
import { type RequestState, stateOf } from './request/request-state.ts'
import { SessionOidc } from './session-oidc.ts'

/**
 * Puts `req.user` and `req.oidc` on a request. Calls no store and no provider. Of several relying parties the request
 * gets the one that its login belongs to; without a login, the first at the innermost mount, or one that only takes access
 * tokens.
 */
export function attach(rp: SessionRelyingParty, req: Request, res: Response, login: Login | undefined): void {
  const state = stateOf(req)
  if (!login && isTaken(rp, req, state)) return
  state.attached = { rp, mountPath: req.baseUrl }
  if (login) req.user = login.user
  req.oidc = new SessionOidc({ rp, req, res, login })
}

function isTaken(rp: SessionRelyingParty, req: Request, { attached }: RequestState): boolean {
  if (!attached || attached.rp === rp || rp.settings.bearer?.tokensOnly) return false
  return req.oidc.isAuthenticated || attached.mountPath === req.baseUrl
}
