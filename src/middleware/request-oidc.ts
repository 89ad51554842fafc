import type { Request, Response } from 'express'
import { getOidcUserInfo } from '../protocol/user-info.ts'
import { verifyAuthorizationParameters } from '../relying-party/option-checks.ts'
import type { RelyingParty } from '../relying-party/relying-party.ts'
import { buildReturnUrl } from '../relying-party/return-path.ts'
import { type Login, readLogin } from '../session/logins.ts'
import { continueStepUps } from '../session/step-ups.ts'
import { readTokens } from '../session/tokens.ts'
import type { IdTokenClaims, UserClaims } from '../vocabulary/claims.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { type LoginOptions, startLogin } from './login.ts'
import { type LogoutOptions, startLogout } from './logout.ts'
import { buildSite } from './site.ts'

/** What a request knows of its sign-in, as `req.oidc` behind `relyingParty()`. */
export interface RequestOidc {
  readonly isAuthenticated: boolean
  /** Claims of the ID token, verified when the user signed in. */
  readonly claims: IdTokenClaims | undefined
  /** Names this login: which of the user's sessions is this one. `undefined` if nobody is signed in. */
  readonly loginId: string | undefined
  /** The scope that was granted to this login; `undefined` if nobody is signed in. */
  readonly scope: string | undefined
  /** The app's public URL. */
  readonly baseUrl: string
  /** The URL that starts a sign-in, or `undefined` where that route is off. */
  readonly loginUrl: string | undefined
  /** Leads back to this page as a `returnTo`; from a form that was posted, to the page that held it. */
  readonly returnPath: string
  /** Resolves with the access token. Rejects with `ERR_OIDC_UNAUTHENTICATED` if there is none that is valid. */
  getAccessToken(): Promise<string>
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
  return Object.freeze<RequestOidc>({
    isAuthenticated: login !== undefined,
    claims: login && Object.freeze({ ...login.claims }),
    loginId: login?.id,
    scope: login?.scope,
    ...buildSite(rp.settings),
    get returnPath() {
      return returnPathOf(req, rp.settings.baseUrl)
    },
    getAccessToken: async () => (await readAccessToken(rp, login)).token,
    async fetchUserInfo() {
      const { token, sub } = await readAccessToken(rp, login)
      return await getOidcUserInfo(await rp.connect(), token, sub)
    },
    async login({ returnTo, authorizationParameters: parameters = {}, isStepUp = false } = {}) {
      verifyAuthorizationParameters(parameters)
      const stepUps = isStepUp ? continueStepUps(login, parameters) : []
      await startLogin(rp, req, res, buildReturnUrl(returnTo, rp.settings), { parameters, stepUps })
    },
    logout: ({ returnTo } = {}) => startLogout(rp, req, res, buildReturnUrl(returnTo, rp.settings)),
  })
}

async function readAccessToken(
  rp: RelyingParty,
  login: Login | undefined,
): Promise<{ readonly token: string; readonly sub: string }> {
  const tokens = login && (await readTokens(rp, login))
  if (!tokens || (tokens.expiresAt ?? Number.POSITIVE_INFINITY) <= Date.now())
    throw new OidcError('ERR_OIDC_UNAUTHENTICATED')
  return { token: tokens.accessToken, sub: login.user.sub }
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
