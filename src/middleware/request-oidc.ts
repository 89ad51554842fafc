import type { Request, Response } from 'express'
import { verifyAuthorizationParameters } from '../relying-party/options/parse-objects.ts'
import { type Login, readLogin } from '../session/login/login.ts'
import { continueStepUps } from '../session/login/step-ups.ts'
import type { SessionRelyingParty } from '../session/session-relying-party.ts'
import type { AccessTokenOptions } from '../session/tokens/access-token-request.ts'
import type { IdTokenClaims, UserClaims } from '../vocabulary/claims.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { buildSite } from './pages/app-links.ts'
import { stateOf } from './request/request-state.ts'
import { buildReturnUrl } from './request/return-url.ts'
import { type LoginOptions, startLogin } from './routes/login.ts'
import { type LogoutOptions, startLogout } from './routes/logout.ts'
import { type ApiRequest, fetchApi } from './tokens/api-fetch.ts'
import { tokenSource } from './tokens/token-source.ts'
import { fetchUserInfo, keepUserInfo } from './tokens/user-info.ts'

/** What a request knows about its sign-in: `req.oidc` behind `relyingParty()`. */
export interface RequestOidc {
  /** Whether a user is signed in, by a session or by an access token. Then `req.user` is set. */
  readonly isAuthenticated: boolean
  /** Claims of the ID token, verified when the user signed in. If the request carries an access token, that token's claims. */
  readonly claims: IdTokenClaims | undefined
  /** Identifies this login among the user's sessions. `undefined` if nobody is signed in. */
  readonly loginId: string | undefined
  /** The scope that was granted to this login or access token; `undefined` if nobody is signed in. */
  readonly scope: string | undefined
  /** The app's public URL. */
  readonly baseUrl: string
  /** The URL that starts a sign-in, or `undefined` if that route is off. */
  readonly loginUrl: string | undefined
  /** The `returnTo` that leads back to this page; for a posted form, to the page that contained it. */
  readonly returnPath: string
  /**
   * Resolves with the access token that the request carries, or with the login's access token. That one is renewed if it is
   * about to expire, and only once, no matter how many requests ask. Rejects with `ERR_OIDC_UNAUTHENTICATED` if there is no valid
   * token, and with `ERR_OIDC_LOGIN_ENDED` if the provider has ended the login.
   */
  getAccessToken(options?: AccessTokenOptions): Promise<string>
  /**
   * Calls an API of `apiOrigins` with the access token. After a 401 the token is renewed and the request sent once more,
   * unless its body is a stream. A redirect is returned, not followed.
   */
  fetch(url: string | URL, request?: ApiRequest): ReturnType<typeof globalThis.fetch>
  /**
   * Fetches UserInfo again (OpenID Connect Core 1.0 §5.3), joins it to `req.user`, and keeps it for later requests. Rejects if
   * it is unavailable or belongs to another user; then nothing changes.
   */
  fetchUserInfo(): Promise<Readonly<Record<string, unknown>>>
  /** Sends the browser to the provider to sign in. This ends the response. */
  login(options?: LoginOptions): Promise<void>
  /** Signs out here and, unless told otherwise, sends the browser to the provider to sign out there. This ends the response. */
  logout(options?: LogoutOptions): Promise<void>
}

declare global {
  namespace Express {
    interface User extends UserClaims {}
    interface Request {
      /** The signed-in user's claims, or `undefined`. */
      user?: User | undefined
      /** The request's sign-in. Present behind `relyingParty()`. */
      oidc: RequestOidc
    }
  }
}

/**
 * Puts `req.user` and `req.oidc` on a request. Calls no store and no provider. Of several relying parties the request
 * gets the one that its login belongs to; without a login, the first at the innermost mount, or one that only takes access
 * tokens.
 */
export function attach(rp: SessionRelyingParty, req: Request, res: Response, login: Login | undefined): void {
  if (!login && isTaken(rp, req)) return
  stateOf(req).attached = { rp, mountPath: req.baseUrl }
  if (login) putUser(req, login)
  req.oidc = buildRequestOidc(rp, req, res, login)
}

function isTaken(rp: SessionRelyingParty, req: Request): boolean {
  const { attached } = stateOf(req)
  if (!attached || attached.rp === rp || rp.settings.bearer?.tokensOnly) return false
  return req.oidc.isAuthenticated || attached.mountPath === req.baseUrl
}

function putUser(req: Request, { user }: Login): void {
  req.user = Object.freeze({ ...user })
}

function buildRequestOidc(
  rp: SessionRelyingParty,
  req: Request,
  res: Response,
  login: Login | undefined,
): RequestOidc {
  const getToken = tokenSource(rp.obtainAccessToken, req, login)
  return Object.freeze<RequestOidc>({
    isAuthenticated: login !== undefined,
    claims: login && Object.freeze({ ...login.claims }),
    loginId: login?.id,
    scope: login?.scope,
    ...buildSite(rp.settings),
    get returnPath() {
      return returnPathOf(req, rp.settings.baseUrl)
    },
    getAccessToken: (options = {}) => getToken(options),
    fetch: (url, request) => fetchApi(rp.settings, getToken, url, request),
    async fetchUserInfo() {
      const current = readLogin(req, rp.settings) // not `login`: a call before this one may have changed it
      const userInfo = current && (await fetchUserInfo(rp, current, getToken))
      const kept = userInfo && (await keepUserInfo(rp.logins, req, current, userInfo))
      if (!kept) throw new OidcError('ERR_OIDC_UNAUTHENTICATED')
      putUser(req, kept)
      return userInfo
    },
    async login({ returnTo, authorizationParameters: parameters = {}, isStepUp = false } = {}) {
      verifyAuthorizationParameters(parameters)
      const stepUps = isStepUp ? continueStepUps(login, parameters) : []
      await startLogin(rp, req, res, buildReturnUrl(returnTo, rp.settings), { parameters, stepUps })
    },
    logout: ({ returnTo, provider = true } = {}) =>
      startLogout(rp, req, res, buildReturnUrl(returnTo, rp.settings), { isLocal: !provider }),
  })
}

/** Where the user wants to be: this page, or the page whose form was sent, because a form is not sent twice. */
function returnPathOf(req: Request, baseUrl: string): string {
  const base = new URL(baseUrl)
  if (req.method === 'GET' || req.method === 'HEAD') {
    const belowMount = req.originalUrl.slice(stateOf(req).attached?.mountPath.length ?? 0) // a proxy may have taken the rest away
    return base.pathname.replace(/\/$/, '') + belowMount
  }
  const { referer = '' } = req.headers
  const page = URL.canParse(referer) ? new URL(referer) : undefined
  return page?.origin === base.origin ? page.pathname + page.search : `${base.pathname.replace(/\/$/, '')}/`
}
