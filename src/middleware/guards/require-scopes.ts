import type { GuardAnswers } from '../../relying-party/options/hooks.ts'
import { answerNames, parseWords, verifyOptions } from './arguments.ts'
import { type Decision, pass } from './decision.ts'
import { buildGuard, type Guard } from './guard.ts'

/**
 * Makes a guard that lets users pass if all of these scopes were granted to their login. The requested scopes do not count:
 * the user or the provider may have granted less (RFC 6749 §3.3).
 *
 * @example
 * ```ts
 * app.get('/mail', requireScopes('email'), (req, res) => res.json(req.user))
 * ```
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, naming the argument and the rule.
 */
export function requireScopes(scopes: string | readonly string[], options: GuardAnswers = {}): Guard {
  verifyOptions('requireScopes', options, answerNames)
  const required = parseWords('requireScopes', 'scopes', scopes)
  const lacks: Decision = Object.freeze({ kind: 'forbidden', scope: required })
  return buildGuard('requireScopes', options, ({ oidc }) => {
    const granted = (oidc.scope ?? '').split(' ')
    return required.every(scope => granted.includes(scope)) ? pass : lacks
  })
}
