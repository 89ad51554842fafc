import type { NextFunction, Request, Response } from 'express'
import type { RelyingParty } from '../relying-party/relying-party.ts'
import { buildReturnUrl } from '../relying-party/return-path.ts'
import type { Settings } from '../relying-party/settings.ts'
import { hasSession } from '../session/logins.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { isNavigation } from './answer.ts'
import { fail } from './fail.ts'
import { startLogin } from './login.ts'
import { pathBelowMount, relyingPartyOf } from './request-oidc.ts'

/** A handler that lets a request pass or answers it. It leaves the types of the route's parameters as they are. */
export type Guard = <Parameters>(req: Request<Parameters>, res: Response, next: NextFunction) => void

/**
 * Makes a guard that lets signed-in users pass. A browser that loads a page is sent to sign in and comes back to the
 * same page; a script or program gets 401 and JSON that names the login URL.
 *
 * @example
 * ```ts
 * app.get('/profile', requireUser(), (req, res) => res.json(req.user))
 * ```
 * @throws {@link OidcError} To `next`: `ERR_OIDC_MIDDLEWARE_MISSING` without `relyingParty()` in front.
 */
export function requireUser(): Guard {
  return function requireUser<Parameters>(
    request: Request<Parameters>,
    res: Response,
    next: NextFunction,
  ): void {
    const req = request as Request // the parameters of the route are not read here
    const rp = relyingPartyOf(req)
    if (!rp) return next(new OidcError('ERR_OIDC_MIDDLEWARE_MISSING'))
    if (req.user && req.oidc.isAuthenticated) return next()
    askToSignIn(rp, req, res).catch(error => fail(rp, error, req, res, next))
  }
}

async function askToSignIn(rp: RelyingParty, req: Request, res: Response): Promise<void> {
  if (!hasSession(req)) throw new OidcError('ERR_OIDC_SESSION_UNAVAILABLE')
  if (isNavigation(req))
    return startLogin(rp, req, res, buildReturnUrl(pageOf(req, rp.settings), rp.settings))
  const { baseUrl, routes } = rp.settings
  const loginUrl = routes.login === undefined ? undefined : baseUrl + routes.login
  const { code, sentence } = new OidcError('ERR_OIDC_UNAUTHENTICATED')
  res.setHeader('WWW-Authenticate', `Session realm="${baseUrl}"`)
  res.setHeader('Cache-Control', 'no-store')
  res.status(401).json({ error: code, message: sentence, loginUrl })
}

/** Where the user wants to be: this page, or the one whose form he sent, because a form is not sent twice. */
function pageOf(req: Request, { baseUrl }: Settings): string {
  if (req.method === 'GET' || req.method === 'HEAD')
    return new URL(baseUrl).pathname.replace(/\/$/, '') + pathBelowMount(req)
  const { referer = '' } = req.headers
  const page = URL.canParse(referer) ? new URL(referer) : undefined
  return page && page.origin === new URL(baseUrl).origin ? page.pathname + page.search : ''
}
