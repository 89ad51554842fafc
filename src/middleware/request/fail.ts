import type { NextFunction, Request, Response } from 'express'
import type { Settings } from '../../relying-party/options/settings.ts'
import { OidcError, type OidcErrorCode } from '../../vocabulary/errors.ts'
import { publish } from '../../vocabulary/events.ts'
import { buildSite, type Site } from '../pages/app-links.ts'
import { sendError } from './answer.ts'

/** Answers that are part of normal operation: nothing has failed. */
const usual: ReadonlySet<OidcErrorCode> = new Set<OidcErrorCode>([
  'ERR_OIDC_UNAUTHENTICATED',
  'ERR_OIDC_LOGIN_ENDED',
  'ERR_OIDC_STEP_UP_REQUIRED',
  'ERR_OIDC_FORBIDDEN',
  'ERR_OIDC_BROWSER_NEEDED',
])

/** What anybody can cause with a single request, without a sign-in of this app. */
const strange: ReadonlySet<OidcErrorCode> = new Set<OidcErrorCode>([
  'ERR_OIDC_STATE_UNKNOWN',
  'ERR_OIDC_CALLBACK_INVALID',
  'ERR_OIDC_INITIATION_INVALID',
  'ERR_OIDC_LOGOUT_INVALID',
  'ERR_OIDC_BODY_INVALID',
  'ERR_OIDC_METHOD_NOT_ALLOWED',
])

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
    const { issuer, onError } = settings
    publish('request.failed', { issuer, error })
    logFailure(settings, error, req)
    if (onError) return callSafely(onError, error, { req, res, next })
  }
  const site: Site | undefined = settings ? buildSite(settings) : req.oidc
  if (res.headersSent || !site) return next(error)
  sendError(error, req, res, site)
}

function logFailure({ failures }: Settings, error: OidcError, { method, path }: Request): void {
  if (usual.has(error.code)) return
  if (strange.has(error.code)) failures.count(error)
  else failures.report(error, error.status >= 500 ? `${method} ${path}: ` : '')
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
