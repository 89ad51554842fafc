import type { AccessTokenOptions } from '../session/tokens/access-token-request.ts'
import type { IdTokenClaims, UserClaims } from '../vocabulary/claims.ts'
import type { LoginOptions } from './routes/login.ts'
import type { LogoutOptions } from './routes/logout.ts'
import type { ApiRequest } from './tokens/api-fetch.ts'

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
  readonly getAccessToken: (options?: AccessTokenOptions) => Promise<string>
  /**
   * Calls an API of `apiOrigins` with the access token. After a 401 the token is renewed and the request sent once more,
   * unless its body is a stream. A redirect is returned, not followed.
   */
  readonly fetch: (url: string | URL, request?: ApiRequest) => ReturnType<typeof globalThis.fetch>
  /**
   * Fetches UserInfo again (OpenID Connect Core 1.0 §5.3), joins it to `req.user`, and keeps it for later requests. Rejects if
   * it is unavailable or belongs to another user; then nothing changes.
   */
  readonly fetchUserInfo: () => Promise<Readonly<Record<string, unknown>>>
  /** Sends the browser to the provider to sign in. This ends the response. */
  readonly login: (options?: LoginOptions) => Promise<void>
  /** Signs out here and, unless told otherwise, sends the browser to the provider to sign out there. This ends the response. */
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
