import { isRecent } from '../../protocol/sign-in/step-up.ts'
import type { GuardAnswers } from '../../relying-party/options/hooks.ts'
import { relyingPartyOf } from '../request/request-state.ts'
import { answerNames, argumentError, isPlainObject, verifyOptions } from './arguments.ts'
import { askFor, pass } from './decision.ts'
import { buildGuard, type Guard } from './guard.ts'

/** How recent an authentication must be. */
export interface Recency {
  /** Seconds. The difference between the clocks that `clockTolerance` allows for is added. */
  readonly maxAge: number
}

/**
 * Makes a guard that lets users pass who authenticated at the provider recently. Other users are sent to the provider with
 * `max_age` and return to the page. API clients get the challenge of RFC 9470.
 *
 * @example
 * ```ts
 * app.post('/password', requireRecentLogin({ maxAge: 300 }), (req, res) => res.json(req.user))
 * ```
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, naming the argument and the rule.
 * @see OpenID Connect Core 1.0 §3.1.2.1, §3.1.3.7-13
 */
export function requireRecentLogin(recency: Recency, options: GuardAnswers = {}): Guard {
  verifyOptions('requireRecentLogin', options, answerNames)
  const maxAge: unknown = isPlainObject(recency) ? recency.maxAge : undefined
  if (typeof maxAge !== 'number' || !Number.isInteger(maxAge) || maxAge < 1 || maxAge > 999_999_999)
    throw argumentError('requireRecentLogin', 'maxAge must be a whole number of seconds, 1 or more')
  const ask = askFor({ maxAge })
  return buildGuard('requireRecentLogin', options, ({ oidc, req }) => {
    const { clockTolerance } = relyingPartyOf(req)?.settings ?? {}
    const tolerance = clockTolerance === undefined ? undefined : clockTolerance / 1_000
    return oidc.claims && isRecent(oidc.claims, maxAge, tolerance) ? pass : ask
  })
}
