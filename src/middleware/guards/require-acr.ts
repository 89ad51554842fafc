import { hasAcr } from '../../protocol/sign-in/step-up.ts'
import type { GuardAnswers } from '../../relying-party/options/hooks.ts'
import { answerNames, parseWords, verifyOptions } from './arguments.ts'
import { askFor, pass } from './decision.ts'
import { buildGuard, type Guard } from './guard.ts'

/**
 * Makes a guard that lets users pass whose authentication was of one of these classes, the preferred one first. Other users
 * are sent to the provider with `acr_values` and return to the page; if that did not help, the answer is 403. API clients get
 * the challenge of RFC 9470.
 *
 * @example
 * ```ts
 * app.get('/transfer', requireAcr('urn:example:gold'), (req, res) => res.json(req.user))
 * ```
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, naming the argument and the rule.
 * @see OpenID Connect Core 1.0 §3.1.2.1, RFC 9470 §3
 */
export function requireAcr(acrValues: string | readonly string[], options: GuardAnswers = {}): Guard {
  verifyOptions('requireAcr', options, answerNames)
  const wanted = parseWords('requireAcr', 'acrValues', acrValues)
  const ask = askFor({ acrValues: wanted })
  return buildGuard('requireAcr', options, ({ oidc }) =>
    oidc.claims && hasAcr(oidc.claims, wanted) ? pass : ask,
  )
}
