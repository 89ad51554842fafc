import type { Request, Response } from 'express'
import { parseAuthorizationParameters } from '../relying-party/options/parse-parameters.ts'
import type { Login } from '../session/login/login.ts'
import { readLogin } from '../session/login/request-login.ts'
import { continueStepUps } from '../session/login/step-ups.ts'
import type { SessionRelyingParty } from '../session/session-relying-party.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { buildSite } from './pages/app-links.ts'
import { returnPathOf } from './request/return-path.ts'
import { buildReturnUrl } from './request/return-url.ts'
import type { RequestOidc } from './request-oidc.ts'
import { startLogout } from './routes/logout/logout.ts'
import { startLogin } from './routes/sign-in/login.ts'
import { fetchApi } from './tokens/api-fetch.ts'
import { type TokenSource, tokenSource } from './tokens/token-source.ts'
import { fetchUserInfo, keepUserInfo } from './tokens/user-info.ts'

/** Where a request came in, and what its session says. */
export interface Origin {
  readonly rp: SessionRelyingParty
  readonly req: Request
  readonly res: Response
  readonly login: Login | undefined
}

/**
 * `req.oidc` of a request whose user is in its session, or of one without a user. Each request makes one, so it is a class: an
 * object literal with getters costs twenty times as much. Its functions are made when they are read, and need no `this`.
 */
export class SessionOidc implements RequestOidc {
  readonly isAuthenticated: boolean
  readonly claims: RequestOidc['claims']
  readonly loginId: string | undefined
  readonly scope: string | undefined
  readonly baseUrl: string
  readonly loginUrl: string | undefined
  readonly #origin: Origin

  constructor(origin: Origin) {
    const { rp, login } = origin
    const { baseUrl, loginUrl } = buildSite(rp.settings)
    this.isAuthenticated = login !== undefined
    this.claims = login?.claims
    this.loginId = login?.id
    this.scope = login?.scope
    this.baseUrl = baseUrl
    this.loginUrl = loginUrl
    this.#origin = origin
    Object.freeze(this)
  }

  get returnPath(): string {
    return returnPathOf(this.#origin.req, this.baseUrl)
  }

  get #getToken(): TokenSource {
    const { rp, req, login } = this.#origin
    return tokenSource(rp.obtainAccessToken, req, login)
  }

  get getAccessToken(): RequestOidc['getAccessToken'] {
    const getToken = this.#getToken
    return async (options = {}) => (await getToken(options)).accessToken
  }

  get fetch(): RequestOidc['fetch'] {
    const { rp } = this.#origin
    const getToken = this.#getToken
    return (url, request) => fetchApi(rp, getToken, url, request)
  }

  get fetchUserInfo(): RequestOidc['fetchUserInfo'] {
    const { rp, req } = this.#origin
    const getToken = this.#getToken
    return async () => {
      const current = readLogin(req, rp.settings) // not `login`: a call before this one may have changed it
      const userInfo = current && (await fetchUserInfo(rp, current, getToken))
      const kept = userInfo && (await keepUserInfo(rp.logins, req, current, userInfo))
      if (!kept) throw new OidcError('ERR_OIDC_UNAUTHENTICATED')
      req.user = kept.user
      return userInfo
    }
  }

  get login(): RequestOidc['login'] {
    const { rp, req, res, login } = this.#origin
    return async ({ returnTo, authorizationParameters = {}, isStepUp = false } = {}) => {
      const parameters = parseAuthorizationParameters(authorizationParameters)
      const stepUps = isStepUp ? continueStepUps(rp.settings, login, parameters) : []
      await startLogin(rp, req, res, buildReturnUrl(returnTo, rp.settings), { parameters, stepUps })
    }
  }

  get logout(): RequestOidc['logout'] {
    const { rp, req, res } = this.#origin
    return options => startLogout(rp, req, res, options)
  }
}
