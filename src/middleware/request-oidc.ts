import type { Request, Response } from 'express'
import type { JsonObject } from '../protocol/api-call.ts'
import { getOidcUserInfo } from '../protocol/user-info.ts'
import { verifyAuthorizationParameters } from '../relying-party/option-checks.ts'
import type { RelyingParty } from '../relying-party/relying-party.ts'
import { buildReturnUrl } from '../relying-party/return-path.ts'
import { obtainAccessToken } from '../session/access-tokens.ts'
import { type Login, markOver, readLogin } from '../session/logins.ts'
import { continueStepUps } from '../session/step-ups.ts'
import type { AccessTokenOptions } from '../session/wanted-token.ts'
import { OidcApiError } from '../vocabulary/api-error.ts'
import type { IdTokenClaims, UserClaims } from '../vocabulary/claims.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { type ApiRequest, fetchApi, type TokenSource } from './api-fetch.ts'
import { type LoginOptions, startLogin } from './login.ts'
import { type LogoutOptions, startLogout } from './logout.ts'
import { buildSite } from './site.ts'

/** What a request knows of its sign-in, as `req.oidc` behind `relyingParty()`. */
export interface RequestOidc {
  readonly isAuthenticated: boolean
  /** Claims of the ID token, verified when the user signed in. */
  readonly claims: IdTokenClaims | undefined
  /** The scope that was granted to this login; `undefined` if nobody is signed in. */
  readonly scope: string | undefined
  /** The app's public URL. */
  readonly baseUrl: string
  /** The URL that starts a sign-in, or `undefined` where that route is off. */
  readonly loginUrl: string | undefined
  /** Leads back to this page as a `returnTo`; from a form that was posted, to the page that held it. */
  readonly returnPath: string
  /**
   * Resolves with an access token, renewed if it is about to expire: once, however many requests ask. Rejects with
   * `ERR_OIDC_UNAUTHENTICATED` if there is none that is valid, with `ERR_OIDC_LOGIN_ENDED` if the provider has ended it all.
   */
  getAccessToken(options?: AccessTokenOptions): Promise<string>
  /**
   * Calls an API of `apiOrigins` with the access token. After a 401 the token is renewed and the request sent once more,
   * unless its body is a stream. A redirect is returned, not followed.
   */
  fetch(url: string | URL, request?: ApiRequest): ReturnType<typeof globalThis.fetch>
  /** Gets the UserInfo again (OpenID Connect Core 1.0 §5.3). What is on `req.user` does not change. */
  fetchUserInfo(): Promise<Readonly<Record<string, unknown>>>
  /** Sends the browser to the provider to sign in. Answers the request. */
  login(options?: LoginOptions): Promise<void>
  /** Signs out here and sends the browser to the provider to sign out there. Answers the request. */
  logout(options?: LogoutOptions): Promise<void>
}

declare global {
  namespace Express {
    interface User extends UserClaims {}
    interface Request {
      /** The signed-in user's claims, or `undefined`. */
      user?: User | undefined
      /** The request's sign-in. There behind `relyingParty()`. */
      oidc: RequestOidc
    }
  }
}

const relyingParties = new WeakMap<Request, RelyingParty>()
const mountPaths = new WeakMap<Request, string>()

/** The relying party whose middleware a request has passed, or `undefined`. */
export function relyingPartyOf(req: Request): RelyingParty | undefined {
  return relyingParties.get(req)
}

/** Puts `req.user` and `req.oidc` on a request. Calls no store and no provider. */
export function attach(rp: RelyingParty, req: Request, res: Response): void {
  const login = readLogin(req, rp.settings)
  relyingParties.set(req, rp)
  mountPaths.set(req, req.baseUrl)
  if (login) req.user = Object.freeze({ ...login.user })
  req.oidc = buildRequestOidc(rp, req, res, login)
}

function buildRequestOidc(
  rp: RelyingParty,
  req: Request,
  res: Response,
  login: Login | undefined,
): RequestOidc {
  const getToken = tokenSource(rp, req, login)
  return Object.freeze<RequestOidc>({
    isAuthenticated: login !== undefined,
    claims: login && Object.freeze({ ...login.claims }),
    scope: login?.scope,
    ...buildSite(rp.settings),
    get returnPath() {
      return returnPathOf(req, rp.settings.baseUrl)
    },
    getAccessToken: (options = {}) => getToken(options),
    fetch: (url, request) => fetchApi(rp.settings, getToken, url, request),
    fetchUserInfo: () => fetchUserInfo(rp, getToken, login),
    async login({ returnTo, authorizationParameters: parameters = {}, isStepUp = false } = {}) {
      verifyAuthorizationParameters(parameters)
      const stepUps = isStepUp ? continueStepUps(login, parameters) : []
      await startLogin(rp, req, res, buildReturnUrl(returnTo, rp.settings), { parameters, stepUps })
    },
    logout: ({ returnTo } = {}) => startLogout(rp, req, res, buildReturnUrl(returnTo, rp.settings)),
  })
}

/** Finds access tokens for a request. If the provider has ended its login, its session says so from now on. */
function tokenSource(rp: RelyingParty, req: Request, login: Login | undefined): TokenSource {
  return async (options, refused) => {
    try {
      return await obtainAccessToken(rp, login, options, refused)
    } catch (error) {
      if (login && error instanceof OidcError && error.code === 'ERR_OIDC_LOGIN_ENDED') markOver(req, login)
      throw error
    }
  }
}

/** Asks by the client of the login, for which a signed answer is made. A token that is refused is renewed once. */
async function fetchUserInfo(
  rp: RelyingParty,
  getToken: TokenSource,
  login: Login | undefined,
): Promise<JsonObject> {
  const token = await getToken({})
  const connection = (login && (await rp.connectAs(login.clientId))) ?? (await rp.connect())
  try {
    return await getOidcUserInfo(connection, token, login?.user.sub)
  } catch (error) {
    if (!(error instanceof OidcApiError) || error.providerStatus !== 401) throw error
    const renewed = await getToken({}, token)
    if (renewed === token) throw error
    return getOidcUserInfo(connection, renewed, login?.user.sub)
  }
}

/** Where the user wants to be: this page, or the one whose form he sent, because a form is not sent twice. */
function returnPathOf(req: Request, baseUrl: string): string {
  const base = new URL(baseUrl)
  if (req.method === 'GET' || req.method === 'HEAD') {
    const belowMount = req.originalUrl.slice(mountPaths.get(req)?.length ?? 0) // a proxy may have taken the rest away
    return base.pathname.replace(/\/$/, '') + belowMount
  }
  const { referer = '' } = req.headers
  const page = URL.canParse(referer) ? new URL(referer) : undefined
  return page?.origin === base.origin ? page.pathname + page.search : `${base.pathname.replace(/\/$/, '')}/`
}
