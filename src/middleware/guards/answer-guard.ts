import type { NextFunction, Request, Response } from 'express'
import { buildStepUpChallenge, buildStepUpParameters, type StepUp } from '../../protocol/step-up.ts'
import type { GuardAnswers } from '../../relying-party/options.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { isNavigation, sendChallenge } from '../answer.ts'
import { fail } from '../fail.ts'
import { relyingPartyOf } from '../request-oidc.ts'
import type { Decision } from './decision.ts'

/** A request together with the ways to end it. */
interface Exchange {
  readonly req: Request
  readonly res: Response
  readonly next: NextFunction
}

/** Answers a request that did not pass: by the guard's own answer, else by the app's, else by ours. */
export async function answerGuard(
  decision: Exclude<Decision, { kind: 'pass' }>,
  own: GuardAnswers,
  exchange: Exchange,
): Promise<void> {
  const answers = { ...relyingPartyOf(exchange.req)?.settings.answers, ...own }
  if (decision.kind === 'forbidden') return forbid(new OidcError('ERR_OIDC_FORBIDDEN'), answers, exchange)
  const stepUp = decision.kind === 'step-up' ? decision.stepUp : undefined
  const { onUnauthenticated } = answers
  const error = new OidcError(stepUp ? 'ERR_OIDC_STEP_UP_REQUIRED' : 'ERR_OIDC_UNAUTHENTICATED')
  const { req, res, next } = exchange
  if (typeof onUnauthenticated === 'function') return void (await onUnauthenticated(error, req, res, next))
  if (onUnauthenticated === 'challenge' || !isNavigation(req)) return challenge(error, stepUp, exchange)
  await askToSignIn(req, stepUp).catch(failure => {
    if (!(failure instanceof OidcError) || failure.code !== 'ERR_OIDC_STEP_UP_FAILED') throw failure
    return forbid(failure, answers, exchange)
  })
}

async function forbid(
  error: OidcError,
  { onForbidden }: GuardAnswers,
  { req, res, next }: Exchange,
): Promise<void> {
  if (onForbidden) await onForbidden(error, req, res, next)
  else fail(relyingPartyOf(req), error, req, res, next)
}

async function askToSignIn({ oidc }: Request, stepUp: StepUp | undefined): Promise<void> {
  const returnTo = oidc.returnPath
  if (!stepUp) return await oidc.login({ returnTo })
  await oidc.login({ returnTo, authorizationParameters: buildStepUpParameters(stepUp), isStepUp: true })
}

function challenge(error: OidcError, stepUp: StepUp | undefined, { req, res }: Exchange): void {
  const { baseUrl, loginUrl } = req.oidc
  const header = stepUp ? buildStepUpChallenge(baseUrl, stepUp) : `Session realm="${baseUrl}"`
  sendChallenge(error, res, { header, body: stepUp ?? { loginUrl } })
}
