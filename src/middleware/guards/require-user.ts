import type { GuardAnswers } from '../../relying-party/options/hooks.ts'
import { answerNames, verifyOptions } from './arguments.ts'
import { pass } from './decision.ts'
import { buildGuard, type Guard } from './guard.ts'

/**
 * Makes a guard that lets signed-in users pass. A browser that loads a page is sent to sign in and comes back to the
 * same page; scripts and API clients get 401 and JSON with the login URL.
 *
 * @example
 * ```ts
 * app.get('/profile', requireUser(), (req, res) => res.json(req.user))
 * ```
 * @throws {@link OidcError} To `next`: `ERR_OIDC_MIDDLEWARE_MISSING` without `relyingParty()` in front.
 */
export function requireUser(options: GuardAnswers = {}): Guard {
  verifyOptions('requireUser', options, answerNames)
  return buildGuard('requireUser', options, () => pass)
}
