import { hasAmr } from '../../protocol/sign-in/step-up.ts'
import type { GuardAnswers } from '../../relying-party/options/hooks.ts'
import { answerNames, parseWords, verifyOptions } from './arguments.ts'
import { askFor, pass } from './decision.ts'
import { buildGuard, type Guard } from './guard.ts'

/** How {@link requireAmr} asks for the methods, and how it answers. */
export interface RequireAmrOptions extends GuardAnswers {
  /**
   * The classes for which the provider uses these methods: OpenID Connect has no parameter that asks for a method. Default:
   * the user is asked to authenticate again.
   */
  readonly acrValues?: string | readonly string[]
}

/**
 * Makes a guard that lets users pass who authenticated with all of these methods (RFC 8176 §2). Other users are sent to the
 * provider and return to the page; if that did not help, the answer is 403. API clients get the challenge of RFC 9470.
 *
 * @example
 * ```ts
 * app.get('/keys', requireAmr('mfa', { acrValues: 'urn:example:two-factors' }), (req, res) => res.json(req.user))
 * ```
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, naming the argument and the rule.
 */
export function requireAmr(methods: string | readonly string[], options: RequireAmrOptions = {}): Guard {
  const { acrValues } = verifyOptions('requireAmr', options, ['acrValues', ...answerNames])
  const required = parseWords('requireAmr', 'methods', methods)
  const ask = askFor(
    acrValues === undefined ? { maxAge: 0 } : { acrValues: parseWords('requireAmr', 'acrValues', acrValues) },
  )
  return buildGuard('requireAmr', options, ({ oidc }) =>
    oidc.claims && hasAmr(oidc.claims, required) ? pass : ask,
  )
}
