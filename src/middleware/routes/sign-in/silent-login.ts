import type { Request, RequestHandler } from 'express'
import type { RelyingParty } from '../../../relying-party/relying-party.ts'
import { hasSignInMark } from '../../../session/browser/sign-in-mark.ts'
import { readSilentMark, writeSilentMark } from '../../../session/browser/silent-login-cookie.ts'
import { hasSession } from '../../../session/login/request-session.ts'
import { verifySession } from '../../../session/session-return.ts'
import { OidcError } from '../../../vocabulary/errors.ts'
import { fail } from '../../request/fail.ts'
import { isDocument } from '../../request/navigation.ts'
import { relyingPartyOf } from '../../request/request-state.ts'
import { buildReturnUrl } from '../../request/return-url.ts'
import { reportSilentFailure } from './silent-callback.ts'

/**
 * Makes a middleware that signs users in without showing anything if they are signed in at the provider (`prompt=none`,
 * OpenID Connect Core 1.0 §3.1.2.1). It tries when a page is opened, once until the browser is closed. Users who cannot be
 * signed in this way return to the same page, still signed out. After a sign-out it does not try.
 *
 * @example
 * ```ts
 * app.use(relyingParty())
 * app.use(attemptSilentLogin())
 * ```
 * @throws {@link OidcError} To `next`: `ERR_OIDC_MIDDLEWARE_MISSING` without `relyingParty()` in front.
 */
export function attemptSilentLogin(): RequestHandler {
  return function attemptSilentLogin(req, res, next) {
    const rp = relyingPartyOf(req)
    if (!(req as Partial<Request>).oidc)
      return fail(rp?.settings, new OidcError('ERR_OIDC_MIDDLEWARE_MISSING'), req, res, next)
    if (!rp || !isOpportunity(rp, req)) return next()
    const proceedWithout = (error: unknown): void => {
      if (!(error instanceof OidcError)) return fail(rp.settings, error, req, res, next)
      reportSilentFailure(rp.settings, error)
      next()
    }
    if (hasSignInMark(rp.settings, req)) return void verifySession(rp, req).then(() => next(), proceedWithout)
    const mark = readSilentMark(rp.settings, req)
    if (mark === 'tried') return next()
    if (mark === undefined && isFromHere(req, rp.settings.baseUrl)) {
      writeSilentMark(rp.settings, res, 'kept') // a browser that keeps no cookies would be redirected forever
      return next()
    }
    writeSilentMark(rp.settings, res, 'tried')
    const { returnPath: returnTo } = req.oidc
    req.oidc.login({ returnTo, authorizationParameters: { prompt: 'none' } }).catch(proceedWithout)
  }
}

/** Whether the user is opening a whole page, can return to it, and nothing has to be waited for. */
function isOpportunity(rp: Pick<RelyingParty, 'settings' | 'status'>, req: Request): boolean {
  if (req.oidc.isAuthenticated || !hasSession(req) || req.method !== 'GET' || !isDocument(req)) return false
  const { settings } = rp
  const page = URL.parse(req.oidc.returnPath, settings.baseUrl)
  return page?.href === buildReturnUrl(req.oidc.returnPath, settings) && rp.status().state === 'ready'
}

/** Whether a page of this app led here. For a browser without cookies, that is the built-in page after the provider. */
function isFromHere({ headers }: Request, baseUrl: string): boolean {
  const { 'sec-fetch-site': site, referer = '' } = headers
  if (site !== undefined) return site === 'same-origin'
  return URL.canParse(referer) && new URL(referer).origin === new URL(baseUrl).origin
}
