import type { NextFunction, Request, Response } from 'express'
import type { IdTokenClaims, UserClaims } from '../../vocabulary/claims.ts'
import type { OidcError } from '../../vocabulary/errors.ts'

/** A sign-out that may have been asked for by another site, so that the user must confirm it. */
export interface LogoutConfirmation {
  /** Where a form is posted to sign out. */
  readonly action: string
  /** What its hidden fields hold. Some of it comes from the request: escape it. */
  readonly fields: Readonly<Record<string, string>>
}

/** What the app answers in our place. */
export interface AnswerHooks {
  /** Answers a failed request in our place; call `next(error)` for Express's own handling. */
  readonly onError?: (
    error: OidcError,
    req: Request,
    res: Response,
    next: NextFunction,
  ) => void | Promise<void>
  /**
   * Shows a page of the app's own that asks whether to sign out, with a form that posts `fields` to `action`. Default: a page
   * of ours. Nobody may keep or frame it: the headers that say so are set.
   */
  readonly onLogoutConfirmation?: (confirmation: LogoutConfirmation, req: Request, res: Response) => unknown
}

/** What a hook is told of a login. Holds no token. */
export interface LoginDetails {
  /** Names this login in events too. */
  readonly id: string
  readonly issuer: string
  readonly clientId: string
  /** The scope that was granted. */
  readonly scope: string
  /** Claims of the ID token. */
  readonly claims: IdTokenClaims
  /** As on `req.user`. */
  readonly user: UserClaims
}

/** What the app does when somebody signs in or out. A hook has 5 seconds. */
export interface LoginHooks {
  /**
   * Decides, before anything is kept, whether a user who has authenticated may sign in: only `true` lets him. Else he gets
   * 403 (`ERR_OIDC_LOGIN_REFUSED`), and whoever was signed in before still is.
   */
  readonly acceptLogin?: (login: LoginDetails, req: Request) => boolean | Promise<boolean>
  /**
   * Is told of a login when its session has been saved; what it puts into `req.session` is saved too. The user is sent on
   * even if it fails.
   */
  readonly onLogin?: (login: LoginDetails, req: Request) => unknown
  /** Is told of a login that was ended in its browser; there is no session any more. The user is sent on even if it fails. */
  readonly onLogout?: (login: LoginDetails, req: Request) => unknown
}

/** Answers a request that a guard did not let pass. Its error says why, by its code. */
export type GuardAnswer = (error: OidcError, req: Request, res: Response, next: NextFunction) => unknown

/** How guards answer in another way than usual: as options of `relyingParty()` all of them, as options of a guard that one. */
export interface GuardAnswers {
  /**
   * Nobody is signed in, or not as strongly as is needed (`ERR_OIDC_UNAUTHENTICATED`, `ERR_OIDC_STEP_UP_REQUIRED`).
   * Default: a page's visitor goes to sign in and back, a program gets 401. `challenge` is 401 for everybody.
   */
  readonly onUnauthenticated?: 'challenge' | GuardAnswer
  /**
   * The user who is signed in may not (`ERR_OIDC_FORBIDDEN`, `ERR_OIDC_STEP_UP_FAILED`). Default: 403, by `onError` if
   * there is one.
   */
  readonly onForbidden?: GuardAnswer
}
