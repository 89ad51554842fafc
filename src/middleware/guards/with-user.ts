import type { NextFunction, Request, Response } from 'express'
import type { GuardAnswers } from '../../relying-party/options/hooks.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { isObject } from '../../vocabulary/json.ts'
import { asError } from '../request/fail.ts'
import { argumentError } from './arguments.ts'
import { requireUser } from './require-user.ts'

/** What a request has when a user is signed in. */
export interface SignedIn {
  /** The signed-in user's claims. */
  readonly user: Express.User
}

/**
 * Joins {@link requireUser} with a handler, so that TypeScript knows that `req.user` is defined in it.
 *
 * @example
 * ```ts
 * app.get('/name', withUser((req, res) => res.send(req.user.sub)))
 * ```
 */
export function withUser<Parameters>(
  handler: (req: Request<Parameters> & SignedIn, res: Response, next: NextFunction) => unknown,
  options: GuardAnswers = {},
): (req: Request<Parameters>, res: Response, next: NextFunction) => void {
  if (typeof handler !== 'function') throw argumentError('withUser', 'the first argument must be a function')
  const guard = requireUser(options)
  return function withUser(req, res, next) {
    const fail = (thrown: unknown): void => next(asError(thrown))
    guard(req, res, (error?: unknown) => {
      if (error !== undefined) return next(error)
      try {
        assertUser(req)
        const handled = handler(req, res, next)
        if (isObject(handled)) Promise.resolve(handled).catch(fail) // only what an async handler returns can fail
      } catch (thrown) {
        fail(thrown)
      }
    })
  }
}

/**
 * Tells TypeScript that a user is signed in, and checks it. For handlers behind a guard.
 *
 * @example
 * ```ts
 * app.get('/name', requireUser(), (req, res) => {
 *   assertUser(req)
 *   res.send(req.user.sub)
 * })
 * ```
 * @throws {@link OidcError} `ERR_OIDC_UNAUTHENTICATED`, or `ERR_OIDC_MIDDLEWARE_MISSING`.
 */
export function assertUser<Asserted extends Pick<Request, 'user'>>(
  req: Asserted,
): asserts req is Asserted & SignedIn {
  const { oidc, user } = req as Pick<Request, 'user'> & { readonly oidc?: Request['oidc'] }
  if (!oidc) throw new OidcError('ERR_OIDC_MIDDLEWARE_MISSING')
  if (!user || oidc.isAuthenticated !== true) throw new OidcError('ERR_OIDC_UNAUTHENTICATED')
}
