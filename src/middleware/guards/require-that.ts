import type { Request } from 'express'
import type { GuardAnswers } from '../../relying-party/options/hooks.ts'
import { answerNames, argumentError, verifyOptions } from './arguments.ts'
import { forbidden, pass } from './decision.ts'
import { buildGuard, type Guard } from './guard.ts'

/** Says whether a signed-in user is allowed. */
export type Predicate = (user: Express.User, req: Request) => boolean | Promise<boolean>

/**
 * Makes a guard that lets users pass if a function returns `true`. What it throws goes to `next`, and any result other than
 * `true` and `false` is an error: a forgotten `return` lets nobody in.
 *
 * @example
 * ```ts
 * declare function ownerOf(orderId: unknown): Promise<string>
 * const isOwner = requireThat(async (user, req) => (await ownerOf(req.params['id'])) === user.sub)
 * app.get('/orders/:id', isOwner, (req, res) => res.json(req.user))
 * ```
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, naming the argument and the rule.
 */
export function requireThat(predicate: Predicate, options: GuardAnswers = {}): Guard {
  verifyOptions('requireThat', options, answerNames)
  if (typeof predicate !== 'function') throw argumentError('requireThat', 'predicate must be a function')
  return buildGuard('requireThat', options, async ({ user, req }) => {
    const answer: unknown = await predicate(user, req)
    if (typeof answer !== 'boolean')
      throw argumentError('requireThat', 'the predicate must return true or false')
    return answer ? pass : forbidden
  })
}
