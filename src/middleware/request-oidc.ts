import type { AccessTokenOptions } from '../session/tokens/access-token-request.ts'
import type { IdTokenClaims, UserClaims } from '../vocabulary/claims.ts'
import type { LogoutOptions } from './routes/logout/logout.ts'
import type { LoginOptions } from './routes/sign-in/login.ts'
import type { ApiRequest } from './tokens/api-fetch.ts'

/** What a request knows about its sign-in: `req.oidc` behind `relyingParty()`. */
export interface RequestOidc {
  /** Whether a user is signed in, by a session or by an access token. Then `req.user` is set. */
  readonly isAuthenticated: boolean
  /**
   * Claims of the ID token, verified when the user signed in, without those that only served that purpose, such as `nonce`
   * and `at_hash`. If the request carries an access token, that token's claims.
   */
  readonly claims: IdTokenClaims | undefined
  /** Identifies this login among the user's sessions. `undefined` if nobody is signed in. */
  readonly loginId: string | undefined
  /** The scope that was granted to this login or access token; `undefined` if nobody is signed in. */
  readonly scope: string | undefined
  /** The app's public URL, of several the one that the request was sent to. */
  readonly baseUrl: string
  /** The URL that starts a sign-in, or `undefined` if that route is off. */
  readonly loginUrl: string | undefined
  /** The `returnTo` that leads back to this page; for a posted form, to the page that contained it. */
  readonly returnPath: string
  /**
   * Resolves with the access token that the request carries, or with the login's access token. That one is renewed if it is
   * about to expire, and only once, no matter how many requests ask.
   *
   * @example
   * ```ts
   * app.get('/report', requireUser(), async (req, res) => {
   *   const token = await req.oidc.getAccessToken({ minValidity: 60 })
   *   const report = await fetch('https://api.example/report', { headers: { authorization: `Bearer ${token}` } })
   *   res.status(report.status).send(await report.text())
   * })
   * ```
   * @throws {@link OidcError} `ERR_OIDC_UNAUTHENTICATED` if there is no valid token, `ERR_OIDC_LOGIN_ENDED` if the provider has ended
   * the login, `ERR_OIDC_REFRESH_REFUSED` if it refuses the `scope` or `resource`, `ERR_OIDC_INVALID_OPTION`; or, after the token has
   * expired, why it cannot be renewed now, such as `ERR_OIDC_PROVIDER_UNAVAILABLE`.
   */
  readonly getAccessToken: (options?: AccessTokenOptions) => Promise<string>
  /**
   * Calls an API of `apiOrigins` with the access token. After a 401 the token is renewed and the request sent once more,
   * unless its body is a stream. A redirect is returned, not followed.
   *
   * @example
   * ```ts
   * app.get('/orders', requireUser(), async (req, res) => {
   *   const orders = await req.oidc.fetch('https://api.example/orders')
   *   res.status(orders.status).json(await orders.json())
   * })
   * ```
   * @throws {@link OidcError} `ERR_OIDC_ORIGIN_NOT_ALLOWED` for an address whose origin is not in `apiOrigins`; otherwise as
   * `getAccessToken()`.
   * @see RFC 6750 §2.1, §5.3
   */
  readonly fetch: (url: string | URL, request?: ApiRequest) => ReturnType<typeof globalThis.fetch>
  /**
   * Fetches UserInfo again, joins it to `req.user`, and keeps it for later requests. If it rejects, nothing changes.
   *
   * @example
   * ```ts
   * app.post('/profile/reload', requireUser(), async (req, res) => {
   *   await req.oidc.fetchUserInfo()
   *   res.json(req.user)
   * })
   * ```
   * @throws {@link OidcError} `ERR_OIDC_USER_INFO_UNAVAILABLE` if it cannot be read, `ERR_OIDC_USER_INFO_INVALID` if it belongs to another
   * user, `ERR_OIDC_ACCESS_TOKEN_REFUSED`; otherwise as `getAccessToken()`.
   * @see OpenID Connect Core 1.0 §5.3
   */
  readonly fetchUserInfo: () => Promise<Readonly<Record<string, unknown>>>
  /**
   * Sends the browser to the provider to sign in. This ends the response.
   *
   * @example
   * ```ts
   * app.get('/start', (req, res) => req.oidc.login({ returnTo: '/welcome' }))
   * ```
   * @throws {@link OidcError} `ERR_OIDC_BROWSER_NEEDED` for a request that carries an access token, `ERR_OIDC_NOT_READY` while the
   * provider is not discovered or the app not registered, `ERR_OIDC_STEP_UP_FAILED`, `ERR_OIDC_SESSION_NOT_RETURNED`.
   * @see OpenID Connect Core 1.0 §3.1.2.1
   */
  readonly login: (options?: LoginOptions) => Promise<void>
  /**
   * Signs out here and, unless told otherwise, sends the browser to the provider to sign out there. This ends the response.
   *
   * @example
   * ```ts
   * app.post('/leave', (req, res) => req.oidc.logout({ returnTo: '/goodbye' }))
   * ```
   * @throws {@link OidcError} `ERR_OIDC_BROWSER_NEEDED` for a request that carries an access token, `ERR_OIDC_LOGOUT_INCOMPLETE` if the
   * sign-out could not be finished.
   * @see OpenID Connect RP-Initiated Logout 1.0 §2
   */
  readonly logout: (options?: LogoutOptions) => Promise<void>
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
