import type { NextFunction, Request, Response } from 'express'
import type { GuardAnswers } from '../../relying-party/options/hooks.ts'
import { hasSession, missingSession } from '../../session/login/request-session.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { fail } from '../request/fail.ts'
import { relyingPartyOf, stateOf } from '../request/request-state.ts'
import { answerGuard } from './answer-guard.ts'
import { verifyAnswers } from './arguments.ts'
import { type Decision, unauthenticated } from './decision.ts'

/** A handler that lets a request pass or answers it. It does not change the types of the route's parameters. */
export interface Guard {
  /** Calls `next()`, or answers the request. */
  <Parameters>(req: Request<Parameters>, res: Response, next: NextFunction): void
  /**
   * Decides without answering, for example to show a link only to users who may follow it.
   *
   * @example
   * ```ts
   * const isAdmin = requireRoles('admin')
   * app.get('/', async (req, res) => {
   *   const { kind } = await isAdmin.decide(req)
   *   res.send(kind === 'pass' ? '<a href="/admin">Administration</a>' : 'Welcome')
   * })
   * ```
   * @throws {@link OidcError} `ERR_OIDC_MIDDLEWARE_MISSING` without `relyingParty()` in front, `ERR_OIDC_SESSION_UNAVAILABLE` while it is
   * unknown whether a user is signed in.
   */
  decide(req: Request): Promise<Decision>
}

/** A signed-in request, as a rule sees it. */
interface Visit {
  readonly user: Express.User
  readonly oidc: Request['oidc']
  readonly req: Request
}

/** What a guard requires of a signed-in request. */
export type Rule = (visit: Visit) => Decision | Promise<Decision>

/** Makes a guard from a rule. The rule is only asked about signed-in users. */
export function buildGuard(name: string, answers: GuardAnswers, rule: Rule): Guard {
  return buildHandler(name, answers, req => {
    const { user, oidc } = req as Partial<Visit>
    if (!oidc) throw new OidcError('ERR_OIDC_MIDDLEWARE_MISSING')
    if (user && oidc.isAuthenticated === true) return rule({ user, oidc, req })
    refuseUnknowable(req)
    return unauthenticated
  })
}

/** While the provider or the session store is unavailable, it is unknown whether a user is signed in. */
function refuseUnknowable(req: Request): void {
  const rp = relyingPartyOf(req)
  const { accessToken: token } = stateOf(req)
  if (token?.failure && saysNothingOfToken(token.failure)) throw token.failure
  if (rp && !token && !rp.settings.bearer?.tokensOnly && !hasSession(req)) throw missingSession()
}

/** Makes a guard from a function that decides. If it decides at once, so does the guard. */
export function buildHandler(
  name: string,
  answers: GuardAnswers,
  judge: (req: Request) => Decision | Promise<Decision>,
): Guard {
  const own = verifyAnswers(name, answers)
  function guard<Parameters>(request: Request<Parameters>, res: Response, next: NextFunction): void {
    const req = request as Request // the parameters of the route are not read here
    const giveUp = (error: unknown): void => fail(relyingPartyOf(req)?.settings, error, req, res, next)
    const settle = (decision: Decision): void => {
      if (decision.kind === 'pass') next()
      else answerGuard(decision, own, { req, res, next }).catch(giveUp)
    }
    let decision: Decision | Promise<Decision>
    try {
      decision = judge(req)
    } catch (error) {
      return giveUp(error)
    }
    if (decision instanceof Promise) decision.then(settle, giveUp)
    else settle(decision)
  }
  Object.defineProperty(guard, 'name', { value: name })
  const made = Object.assign(guard, { decide: async (req: Request) => await judge(req) })
  guards.add(made)
  return made
}

const guards = new WeakSet<object>()

/** Whether a value was made by a factory of guards. */
export function isGuard(value: unknown): value is Guard {
  return typeof value === 'function' && guards.has(value)
}

/** Another token would fare no better: the app or the provider has trouble, or too much to do. */
function saysNothingOfToken({ status }: OidcError): boolean {
  return status >= 500 || status === 429
}
