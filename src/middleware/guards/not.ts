import type { GuardAnswers } from '../../relying-party/options/hooks.ts'
import { answerNames, verifyOptions } from './arguments.ts'
import { parseGuards } from './combined.ts'
import { forbidden, pass } from './decision.ts'
import { buildHandler, type Guard } from './guard.ts'

/**
 * Makes a guard that lets signed-in users pass if another guard would not. Users who are not signed in are asked to sign in,
 * as with every guard.
 *
 * @example
 * ```ts
 * app.post('/comments', not(requireRoles('muted')), (req, res) => res.json(req.user))
 * ```
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, naming the argument and the rule.
 */
export function not(guard: Guard, options: GuardAnswers = {}): Guard {
  verifyOptions('not', options, answerNames)
  parseGuards('not', [guard])
  return buildHandler('not', options, async req => {
    const decision = await guard.decide(req)
    if (decision.kind === 'unauthenticated') return decision
    if ('elsewhere' in decision) return Object.freeze({ kind: 'forbidden', elsewhere: decision.elsewhere })
    return decision.kind === 'pass' ? forbidden : pass
  })
}
