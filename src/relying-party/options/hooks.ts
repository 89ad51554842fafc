import type { NextFunction, Request, Response } from 'express'
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
}

/** Functions of the app that run when a user signs in or out. Each may take up to 5 seconds. */
export interface LoginHooks {
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
