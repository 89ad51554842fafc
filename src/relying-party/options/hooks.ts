import type { NextFunction, Request, Response } from 'express'
import type { AuthorizationParameters } from '../../protocol/sign-in/authorization-parameters.ts'
import type { LogoutParameters } from '../../protocol/sign-in/logout-parameters.ts'
import type { ClaimSource } from '../../protocol/tokens/claim-sources.ts'
import type { IdTokenClaims, UserClaims } from '../../vocabulary/claims.ts'
import type { OidcError } from '../../vocabulary/errors.ts'

/** A sign-out that may come from another site, so that the user must confirm it. */
export interface LogoutConfirmation {
  /** The URL to post the form to. */
  readonly action: string
  /** The hidden fields of the form. Some values come from the request: escape them. */
  readonly fields: Readonly<Record<string, string>>
}

/** Responses that the app gives in place of the built-in ones. */
export interface AnswerHooks {
  /** Answers a failed request; call `next(error)` for Express's own handling. Default: the built-in page, or JSON. */
  readonly onError?: (
    error: OidcError,
    req: Request,
    res: Response,
    next: NextFunction,
  ) => void | Promise<void>
  /**
   * Shows the app's own page that asks whether to sign out, with a form that posts `fields` to `action`. Default: the built-in
   * page. The headers that forbid caching and framing are already set.
   */
  readonly onLogoutConfirmation?: (confirmation: LogoutConfirmation, req: Request, res: Response) => unknown
}

/** A login, as hooks receive it. Contains no token. */
export interface LoginDetails {
  /** Identifies this login, in events too. */
  readonly id: string
  /** The provider's Issuer Identifier. */
  readonly issuer: string
  /** The client that the login began with. */
  readonly clientId: string
  /** The scope that was granted. */
  readonly scope: string
  /** Claims of the ID token. */
  readonly claims: IdTokenClaims
  /** As on `req.user`. */
  readonly user: UserClaims
  /**
   * The fields of the provider's response that `callbackFields` names, as text. Nothing vouches for them, so they prove nothing
   * about the user. Empty at a sign-out.
   */
  readonly unsignedFields: Readonly<Record<string, string>>
}

/** How users who sign out here are signed out at the provider. */
export interface ProviderLogoutOptions {
  /**
   * How the browser takes a sign-out to the provider: by `redirect` (default), or by a `form` that submits itself, which keeps
   * the ID token out of URLs. A URL of more than 4,096 characters becomes a form anyway. With `false` users are only signed out of
   * this app, unless a sign-out asks for more.
   */
  readonly logoutRequest?: 'redirect' | 'form' | false
  /**
   * Parameters for every sign-out at the provider, or a function that returns them for a login; it may take up to 5 seconds. A string
   * is sent, `null` leaves out a parameter that the library would send, and `{ as: 'logout_uri' }` sends it under another name:
   * `{ ui_locales: 'de', id_token_hint: null, post_logout_redirect_uri: { as: 'logout_uri' } }`. Default none.
   *
   * @see OpenID Connect RP-Initiated Logout 1.0 §2
   */
  readonly logoutParameters?: LogoutParameters | LogoutParametersFunction
  /** Revokes the login's refresh token and access token at the provider when the user signs out (RFC 7009). Default `false`. */
  readonly revokeOnLogout?: boolean
}

/** Returns the parameters of the sign-out that ends a login, or `undefined` for none. */
export type LogoutParametersFunction = (
  login: LoginDetails,
  req: Request,
) => LogoutParameters | undefined | Promise<LogoutParameters | undefined>

/** Claims of a user that the provider has not sent but refers to (OpenID Connect Core 1.0 §5.6.2). */
export interface ClaimsElsewhere {
  /** The claims: `['groups']` for a user of Entra ID with many groups. */
  readonly names: readonly string[]
  /** Where the provider says that they are, as the ID token or UserInfo names it. */
  readonly sources: readonly ClaimSource[]
  /** The access token of the login, for an API of the provider. Keep it out of sessions and logs. */
  readonly accessToken: string
  /** The user, as far as known. */
  readonly user: UserClaims
}

/** Functions of the app that run when a user signs in or out. Each may take up to 5 seconds. */
export interface LoginHooks {
  /**
   * Fetches claims that the provider has not sent but refers to. Called at a sign-in, and only if there are any. Those that it
   * returns are added to `req.user`, other claims are ignored. If it fails, nobody is signed in (`ERR_OIDC_LOGIN_UNDECIDED`). Default:
   * the claims stay absent, and guards that need them refuse the user.
   */
  readonly resolveClaims?: (
    elsewhere: ClaimsElsewhere,
    req: Request,
  ) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>
  /**
   * Decides, before anything is stored, whether a user who has authenticated may sign in. Unless it returns `true`, the user
   * gets 403 (`ERR_OIDC_LOGIN_REFUSED`), and the login before, if there is one, stays.
   */
  readonly acceptLogin?: (login: LoginDetails, req: Request) => boolean | Promise<boolean>
  /**
   * Called after the session of a login was saved; what it puts into `req.session` is saved, too. If it fails, the user is
   * still redirected.
   */
  readonly onLogin?: (login: LoginDetails, req: Request) => unknown
  /** Called after a login was ended in its browser; the session is gone. If it fails, the user is still redirected. */
  readonly onLogout?: (login: LoginDetails, req: Request) => unknown
}

/** Returns the additional parameters of the sign-in that a request starts, or `undefined` for none. */
export type AuthorizationParametersFunction = (
  req: Request,
) => AuthorizationParameters | undefined | Promise<AuthorizationParameters | undefined>

/** Answers a request that a guard refused. The `code` of the error says why. */
export type GuardAnswer = (error: OidcError, req: Request, res: Response, next: NextFunction) => unknown

/** Replaces the responses of guards: of all guards as options of `relyingParty()`, of one guard as its options. */
export interface GuardAnswers {
  /**
   * No user is signed in, or not strongly enough (`ERR_OIDC_UNAUTHENTICATED`, `ERR_OIDC_STEP_UP_REQUIRED`). Default: browsers
   * are sent to sign in and back, API clients get 401. `challenge` means 401 for every request.
   */
  readonly onUnauthenticated?: 'challenge' | GuardAnswer
  /**
   * The signed-in user has no access (`ERR_OIDC_FORBIDDEN`, `ERR_OIDC_STEP_UP_FAILED`). Default: 403, through `onError` if it
   * is set.
   */
  readonly onForbidden?: GuardAnswer
}
