import type { Request, Response } from 'express'
import { getOidcUserInfo } from '../protocol/user-info.ts'
import { verifyAuthorizationParameters } from '../relying-party/option-checks.ts'
import type { RelyingParty } from '../relying-party/relying-party.ts'
import { buildReturnUrl } from '../relying-party/return-path.ts'
import { type Login, readLogin } from '../session/logins.ts'
import { readTokens } from '../session/tokens.ts'
import type { IdTokenClaims, UserClaims } from '../vocabulary/claims.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { type LoginOptions, startLogin } from './login.ts'
import { type LogoutOptions, startLogout } from './logout.ts'

/** What a request knows of its sign-in, as `req.oidc` behind `relyingParty()`. */
export interface RequestOidc {
  readonly isAuthenticated: boolean
  /** Claims of the ID token, verified when the user signed in. */
  readonly claims: IdTokenClaims | undefined
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

/** A request's path and query below the mount of the middleware: what follows the path of `baseUrl` in the public URL. */
export function pathBelowMount(req: Request): string {
  return req.originalUrl.slice(mountPaths.get(req)?.length ?? 0)
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
  const accessToken = async (): Promise<{ token: string; sub: string }> => {
    const tokens = login && (await readTokens(rp, login))
    if (!tokens || (tokens.expiresAt ?? Number.POSITIVE_INFINITY) <= Date.now())
      throw new OidcError('ERR_OIDC_UNAUTHENTICATED')
    return { token: tokens.accessToken, sub: login.user.sub }
  }
  return Object.freeze<RequestOidc>({
    isAuthenticated: login !== undefined,
    claims: login && Object.freeze({ ...login.claims }),
    getAccessToken: async () => (await accessToken()).token,
    async fetchUserInfo() {
      const { token, sub } = await accessToken()
      return await getOidcUserInfo(await rp.connect(), token, sub)
    },
    async login({ returnTo, authorizationParameters: parameters = {} } = {}) {
      verifyAuthorizationParameters(parameters)
      await startLogin(rp, req, res, buildReturnUrl(returnTo, rp.settings), { parameters })
    },
    logout: ({ returnTo } = {}) => startLogout(rp, req, res, buildReturnUrl(returnTo, rp.settings)),
  })
}
