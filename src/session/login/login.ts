import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SessionData } from 'express-session'
import type { TokenSet } from '../../protocol/sign-in/authorization.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { buildUser, type IdTokenClaims, isIdTokenClaims, type UserClaims } from '../../vocabulary/claims.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import {
  hasMembers,
  isListOf,
  isNumber,
  isObject,
  isOptional,
  isText,
  type JsonObject,
} from '../../vocabulary/json.ts'
import { callRequestSession, clearSessionCookie, type WithSession } from './request-session.ts'

/** An authenticated end-user in this browser, as express-session keeps it. Holds no token. */
export interface Login {
  /** Identifies this login in the store and in events. */
  readonly id: string
  /** The id of the session under which the login can be found. */
  readonly sessionId: string
  readonly issuer: string
  /** The option `name` of the relying party, which tells two with the same issuer apart. */
  readonly name: string
  readonly clientId: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** The scope that was granted. */
  readonly scope: string
  /** The step-ups that led here, in immediate succession, the newest last. */
  readonly stepUps: readonly string[]
  /** Claims of the ID token. */
  readonly claims: IdTokenClaims
  /** Claims of the ID token joined with UserInfo. */
  readonly user: UserClaims
  /** When UserInfo was fetched, in milliseconds since 1970; `undefined` if it was not. */
  readonly userInfoAt?: number | undefined
  /** The provider has ended it. Everything else in the session still belongs to this user. */
  readonly isOver?: true
}

/** A login that no session holds yet. */
export type NewLogin = Omit<Login, 'sessionId'>

declare module 'express-session' {
  interface SessionData {
    /** The login of `express-oidc-rp`. Read `req.user` and `req.oidc` instead. */
    oidc?: Login
  }
}

/** Whether a session holds a login, of any relying party. Another program may have written there too. */
const isLogin = hasMembers<Login>({
  id: isText,
  sessionId: isText,
  issuer: isText,
  name: isText,
  clientId: isText,
  startedAt: isNumber,
  scope: isText,
  stepUps: isListOf(isText),
  claims: isIdTokenClaims,
  user: value => isObject(value) && isText(value['sub']),
  userInfoAt: isOptional(isNumber),
  isOver: isOptional(value => value === true),
})

/** Builds the login that starts with a set of verified tokens. */
export function buildLogin(
  settings: Settings,
  { clientId, stepUps }: Pick<Login, 'clientId' | 'stepUps'>,
  { claims, scope }: TokenSet,
  userInfo: JsonObject | undefined,
): NewLogin {
  return {
    id: randomUUID(),
    issuer: settings.issuer,
    name: settings.name,
    clientId,
    startedAt: Date.now(),
    scope,
    stepUps,
    claims,
    user: buildUser(claims, userInfo),
    userInfoAt: userInfo && Date.now(),
  }
}

/** The login in the session of a request, whichever relying party it belongs to, even if it has ended. A damaged one counts as none. */
export function readHeldLogin(req: IncomingMessage): Login | undefined {
  const held = (req as WithSession).session?.oidc
  return isLogin(held) ? held : undefined
}

/**
 * The login of a request, or `undefined` if there is none, it has ended, or it belongs to another relying party. A damaged
 * one is reported: it signs nobody in, and a new sign-in replaces it.
 */
export function readLogin(req: IncomingMessage, settings: Settings): Login | undefined {
  const held = (req as WithSession).session?.oidc
  if (held === undefined) return undefined
  if (!isLogin(held)) return reportDamage(settings)
  if (!belongsTo(held, settings) || held.isOver) return undefined
  return Date.now() - held.startedAt < settings.absoluteLifetime ? held : undefined
}

function reportDamage({ logOnce }: Settings): undefined {
  const { code } = new OidcError('ERR_OIDC_STORE_CORRUPT')
  logOnce(`The login in a session cannot be read. Its user is signed out, and can sign in again. (${code})`)
}

/** Whether what a session holds is a login that belongs to the relying party with these settings. */
export function isOwnLogin(login: Login | undefined, settings: Settings): login is Login {
  return isLogin(login) && belongsTo(login, settings)
}

function belongsTo(login: Login, { issuer, name }: Settings): boolean {
  return login.issuer === issuer && login.name === name
}

/**
 * Puts a login into a new session and saves it. The session id changes, so that an attacker who knew the old one gains
 * nothing. The session's own data stays, unless it was another user's.
 *
 * @throws {@link OidcError} `ERR_OIDC_SESSION_UNAVAILABLE`; nobody is signed in then.
 */
export async function writeLogin(req: IncomingMessage, login: NewLogin): Promise<void> {
  const kept = keptData(req, login)
  await callRequestSession(req, 'could not be renewed', (session, done) => session.regenerate(done))
  const { session } = req as WithSession
  Object.assign(session ?? {}, kept, { oidc: { ...login, sessionId: session?.id ?? '' } })
  await callRequestSession(req, 'could not be saved', (renewed, done) => renewed.save(done))
}

/** Notes in the session that the provider has ended its login, which then no longer signs anyone in. */
export function markOver(req: IncomingMessage, login: Login): void {
  const { session } = req as WithSession
  if (session?.oidc?.id === login.id) session.oidc = { ...login, isOver: true }
}

/** Ends the login of a request, and its session with it. The browser forgets its cookie, even if the store fails. */
export async function endLogin(req: IncomingMessage, res: ServerResponse): Promise<void> {
  clearSessionCookie(req, res)
  await callRequestSession(req, 'could not be ended', (session, done) => session.destroy(done))
}

function keptData(req: IncomingMessage, login: NewLogin): Record<string, unknown> {
  const {
    cookie: _,
    oidc: before,
    ...data
  } = Object.fromEntries(Object.entries((req as WithSession).session ?? {})) as Partial<SessionData>
  const isAnother =
    before !== undefined &&
    !(
      isLogin(before) &&
      before.issuer === login.issuer &&
      before.claims.iss === login.claims.iss &&
      before.user.sub === login.user.sub
    )
  return isAnother ? {} : data
}
