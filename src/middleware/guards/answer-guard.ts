import type { NextFunction, Request, Response } from 'express'
import { buildChallenge, buildTokenChallenge, type TokenScheme } from '../../protocol/sign-in/challenge.ts'
import { buildStepUpChallenge, buildStepUpParameters, type StepUp } from '../../protocol/sign-in/step-up.ts'
import type { GuardAnswers } from '../../relying-party/options/hooks.ts'
import { describeElsewhere } from '../../vocabulary/distributed-claims.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { Profile } from '../../vocabulary/profile.ts'
import { sendChallenge } from '../request/answer.ts'
import { fail } from '../request/fail.ts'
import { isNavigation } from '../request/navigation.ts'
import { relyingPartyOf, stateOf } from '../request/request-state.ts'
import type { Decision } from './decision.ts'

/** A request together with the ways to end it. */
interface Exchange {
  readonly req: Request
  readonly res: Response
  readonly next: NextFunction
}

/** Answers a request that did not pass: with the guard's own answer, then the app's, then the built-in one. */
export async function answerGuard(
  decision: Exclude<Decision, { kind: 'pass' }>,
  own: GuardAnswers,
  exchange: Exchange,
): Promise<void> {
  const { req, res, next } = exchange
  const answers = { ...relyingPartyOf(req)?.settings.answers, ...own }
  if (decision.kind === 'forbidden') {
    const message = decision.elsewhere && describeElsewhere(decision.elsewhere)
    const error = new OidcError('ERR_OIDC_FORBIDDEN', { message })
    if (message !== undefined) relyingPartyOf(req)?.settings.logOnce(message)
    const { accessToken } = stateOf(req)
    if (accessToken) {
      const challenged = buildTokenChallenge(accessToken.scheme, req.oidc.baseUrl, error.code, {
        scope: decision.scope,
        profile: profileOf(req),
      })
      res.setHeader('WWW-Authenticate', challenged)
    }
    return forbid(error, answers, exchange)
  }
  const stepUp = decision.kind === 'step-up' ? decision.stepUp : undefined
  const unauthenticated = stateOf(req).accessToken?.failure ?? new OidcError('ERR_OIDC_UNAUTHENTICATED')
  const error = stepUp ? new OidcError('ERR_OIDC_STEP_UP_REQUIRED') : unauthenticated
  const { onUnauthenticated } = answers
  if (typeof onUnauthenticated === 'function') return void (await onUnauthenticated(error, req, res, next))
  if (onUnauthenticated === 'challenge' || isForTokens(req) || !isNavigation(req))
    return challenge(error, stepUp, exchange)
  await askToSignIn(req, stepUp).catch(failure => {
    if (!(failure instanceof OidcError) || failure.code !== 'ERR_OIDC_STEP_UP_FAILED') throw failure
    return forbid(failure, answers, exchange)
  })
}

function profileOf(req: Request): Profile | undefined {
  return relyingPartyOf(req)?.settings.profile
}

/** Whether only an access token could have let the request pass. Then there is no user to send to the sign-in. */
function isForTokens(req: Request): boolean {
  return stateOf(req).accessToken !== undefined || relyingPartyOf(req)?.settings.bearer?.tokensOnly === true
}

async function forbid(
  error: OidcError,
  { onForbidden }: GuardAnswers,
  { req, res, next }: Exchange,
): Promise<void> {
  if (onForbidden) await onForbidden(error, req, res, next)
  else fail(relyingPartyOf(req)?.settings, error, req, res, next)
}

async function askToSignIn({ oidc }: Request, stepUp: StepUp | undefined): Promise<void> {
  const returnTo = oidc.returnPath
  if (!stepUp) return await oidc.login({ returnTo })
  await oidc.login({ returnTo, authorizationParameters: buildStepUpParameters(stepUp), isStepUp: true })
}

function challenge(error: OidcError, stepUp: StepUp | undefined, { req, res }: Exchange): void {
  const { loginUrl } = req.oidc
  sendChallenge(error, res, { headers: buildChallenges(req, error, stepUp), body: stepUp ?? { loginUrl } })
}

/** One challenge for each way to authenticate, in this order (RFC 6750 §3, RFC 9470 §3). */
function buildChallenges(req: Request, { code }: OidcError, stepUp: StepUp | undefined): readonly string[] {
  const { baseUrl: realm } = req.oidc
  const [scheme, ...others] = schemesFor(req)
  if (stepUp) return [buildStepUpChallenge(isForTokens(req) ? scheme : 'Session', realm, stepUp)]
  const forTokens = [scheme, ...others].map(name =>
    buildTokenChallenge(name, realm, code, { profile: profileOf(req) }),
  )
  if (isForTokens(req)) return forTokens
  const forSessions = buildChallenge('Session', { realm })
  return relyingPartyOf(req)?.settings.bearer ? [...forTokens, forSessions] : [forSessions]
}

/** The scheme of the token that the request carries; without one, those that callers of this app are likely to use. */
function schemesFor(req: Request): readonly [TokenScheme, ...TokenScheme[]] {
  const { accessToken } = stateOf(req)
  if (accessToken) return [accessToken.scheme]
  return relyingPartyOf(req)?.settings.dpopBoundAccessTokens ? ['DPoP', 'Bearer'] : ['Bearer']
}
