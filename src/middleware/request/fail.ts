import type { NextFunction, Request, Response } from 'express'
import type { Settings } from '../../relying-party/options/settings.ts'
import { OidcError, type OidcErrorCode } from '../../vocabulary/errors.ts'
import { publish } from '../../vocabulary/events.ts'
import { buildSite, type Site } from '../pages/app-links.ts'
import { sendError } from './answer.ts'

/**
 * Failures with a status below 500 that are usually the fault of how the app is set up. Each is logged once, because a visitor
 * can repeat them at will.
 */
const operatorFaults: readonly OidcErrorCode[] = ['ERR_OIDC_TRANSACTION_LOST']

/** Ends a request that failed: by the app's `onError`, otherwise by the built-in page or JSON. Other errors go to Express. */
export function fail(
  settings: Settings | undefined,
  error: unknown,
  req: Request,
  res: Response,
  next: NextFunction,
): void {
  if (!(error instanceof OidcError)) return next(asError(error))
  if (settings) {
    const { issuer, log, logOnce, onError } = settings
    publish('request.failed', { issuer, error })
    if (error.status >= 500) log(`${req.method} ${req.path}: ${error.message} (${error.code})`)
    if (operatorFaults.includes(error.code)) logOnce(`${error.message} (${error.code})`)
    if (onError) return callSafely(onError, error, { req, res, next })
  }
  const site: Site | undefined = settings ? buildSite(settings) : req.oidc
  if (res.headersSent || !site) return next(error)
  sendError(error, req, res, site)
}

/** Lets the app answer. Whatever it throws, now or later, is the app's own error and goes to Express. */
function callSafely(
  onError: NonNullable<Settings['onError']>,
  error: OidcError,
  { req, res, next }: { readonly req: Request; readonly res: Response; readonly next: NextFunction },
): void {
  const answer = async (): Promise<void> => await onError(error, req, res, next)
  answer().catch(thrown => next(asError(thrown)))
}

/** The thrown value as an error for `next`, which would continue with `undefined` and skip handlers with `'route'`. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error('A value that is not an Error was thrown.', { cause: thrown })
}
