import type { RequestHandler } from 'express'
import type { SessionRelyingParty } from '../session/session-relying-party.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { attach } from './attach.ts'
import { fail } from './request/fail.ts'
import { guardRequestSession } from './request/guard-session.ts'
import { enter } from './request/relying-party-conflicts.ts'
import { stateOf } from './request/request-state.ts'
import { attachNobody, type Bearer, isTokenSettled } from './tokens/bearer.ts'

/** Makes what `relyingParty()` does where only access tokens count: no routes, no session. */
export function tokenHandler(rp: SessionRelyingParty, tokens: Bearer): RequestHandler {
  return function tokenHandler(req, res, next) {
    const fault = enter(rp, stateOf(req)) ?? guardRequestSession(rp, req)
    if (fault) return fail(rp.settings, fault, req, res, next)
    if (isTokenSettled(req, tokens.isPresent(req))) return next()
    attach(rp, req, res, undefined)
    if (tokens.isPresent(req)) return void tokens.take(req, res).then(() => next(), next)
    attachNobody(req, new OidcError('ERR_OIDC_UNAUTHENTICATED'))
    next()
  }
}
