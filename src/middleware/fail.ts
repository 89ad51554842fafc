import type { NextFunction, Request, Response } from 'express'
import type { RelyingParty } from '../relying-party/relying-party.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { publish } from '../vocabulary/events.ts'
import { sendError } from './answer.ts'

/** Ends a request that failed: by the app's `onError`, else by a page or JSON of ours. A fault that is not ours goes to Express. */
export function fail(
  rp: RelyingParty,
  error: unknown,
  req: Request,
  res: Response,
  next: NextFunction,
): void {
  if (!(error instanceof OidcError)) return next(error)
  publish('request.failed', { issuer: rp.settings.issuer, error })
  if (error.status >= 500) rp.settings.log(`${req.method} ${req.path}: ${error.message} (${error.code})`)
  if (rp.settings.onError) return rp.settings.onError(error, req, res, next)
  if (res.headersSent) return next(error)
  sendError(error, req, res, rp.settings)
}
