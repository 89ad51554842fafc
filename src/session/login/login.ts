import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Session, SessionData } from 'express-session'
import type { TokenSet } from '../../protocol/sign-in/authorization.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { withDeadline } from '../../stores/guarded-store.ts'
import { buildUser, type IdTokenClaims, type UserClaims } from '../../vocabulary/claims.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { type Cookie, readCookies } from '../browser/cookies.ts'

/** Milliseconds that a call of the session store may take. */
const DEADLINE = 5_000

/** An authenticated end-user in this browser, as express-session keeps it. Holds no token. */
export interface Login {
  /** Names this login in the store and in events. */
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
  /** The step-ups that led here, one right after the other, the newest last. */
  readonly stepUps: readonly string[]
  /** Claims of the ID token. */
  readonly claims: IdTokenClaims
  /** Claims of the ID token joined with the UserInfo. */
  readonly user: UserClaims
  /** When the UserInfo was got, in milliseconds since 1970; `undefined` if it was not. */
  readonly userInfoAt?: number | undefined
  /** The provider has ended it. What else the session holds is still this user's. */
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

/** A request as express-session leaves it. */
export type WithSession = IncomingMessage & { session?: (Session & Partial<SessionData>) | undefined }

/** Makes the login that a set of verified tokens begins. */
export function buildLogin(
  settings: Settings,
  { clientId, stepUps }: Pick<Login, 'clientId' | 'stepUps'>,
  { claims, scope }: TokenSet,
  userInfo: Readonly<Record<string, unknown>> | undefined,
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

/** Whether express-session ran in front. It leaves a request without a session while its store is disconnected. */
export function hasSession(req: IncomingMessage): boolean {
  return (req as WithSession).session !== undefined
}

/** The login in the session of a request, whichever relying party it belongs to, and be it over. */
export function readHeldLogin(req: IncomingMessage): Login | undefined {
  return (req as WithSession).session?.oidc
}

/** The login of a request, or `undefined` if there is none, it is over, or it belongs to another relying party. */
export function readLogin(req: IncomingMessage, settings: Settings): Login | undefined {
  const login = readHeldLogin(req)
  if (!isOwnLogin(login, settings) || login.isOver) return undefined
  return Date.now() - login.startedAt < settings.absoluteLifetime ? login : undefined
}

/** Whether what a session holds is a login that belongs to the relying party with these settings. */
export function isOwnLogin(login: Login | undefined, { issuer, name }: Settings): login is Login {
  return login?.issuer === issuer && login.name === name && typeof login.user?.sub === 'string'
}

/**
 * Leaves a request that brought no session without one, so that `saveUninitialized` makes no row for each token that a
 * provider sends, and no new session takes the place of the one whose cookie a browser has withheld from another site.
 */
export function leaveSession(req: IncomingMessage): void {
  if (!findSessionCookie(req)) delete (req as WithSession).session
}

/**
 * Puts a login into a new session and saves it. The session id changes, so that one that somebody else knew is worth
 * nothing; what the session held stays, unless it was another user's.
 *
 * @throws {@link OidcError} `ERR_OIDC_SESSION_UNAVAILABLE`; nobody is signed in then.
 */
export async function writeLogin(req: IncomingMessage, login: NewLogin): Promise<void> {
  const kept = keptData(req, login)
  await settle(req, 'could not be renewed', (session, done) => session.regenerate(done))
  const { session } = req as WithSession
  Object.assign(session ?? {}, kept, { oidc: { ...login, sessionId: session?.id ?? '' } })
  await settle(req, 'could not be saved', (renewed, done) => renewed.save(done))
}

/** Notes in the session that the provider has ended its login: nobody is signed in by it any more. */
export function markOver(req: IncomingMessage, login: Login): void {
  const { session } = req as WithSession
  if (session?.oidc?.id === login.id) session.oidc = { ...login, isOver: true }
}

/** Ends the login of a request, and its session with it. The browser forgets its cookie, even if the store fails. */
export async function endLogin(req: IncomingMessage, res: ServerResponse): Promise<void> {
  clearSessionCookie(req, res)
  await settle(req, 'could not be ended', (session, done) => session.destroy(done))
}

/** The cookie is the one that holds the session's id: what it is called, express-session tells nobody. */
function findSessionCookie(req: IncomingMessage): Cookie | undefined {
  const { id } = (req as WithSession).session ?? {}
  const held = [`s:${id}.`, `s%3A${id}.`]
  return readCookies(req).find(({ value }) => held.some(start => value.startsWith(start)))
}

function clearSessionCookie(req: IncomingMessage, res: ServerResponse): void {
  const { session } = req as WithSession
  const cookie = findSessionCookie(req)
  if (!session || !cookie) return
  const { path, domain, secure, sameSite } = session.cookie
  const site = sameSite === true ? 'strict' : sameSite
  const attributes = [`${cookie.name}=`, `Path=${path ?? '/'}`, 'Max-Age=0', 'HttpOnly']
  if (domain) attributes.push(`Domain=${domain}`)
  if (secure) attributes.push('Secure')
  if (site) attributes.push(`SameSite=${site}`)
  res.appendHeader('Set-Cookie', attributes.join('; '))
}

function keptData(req: IncomingMessage, login: NewLogin): Record<string, unknown> {
  const {
    cookie: _,
    oidc: before,
    ...data
  } = Object.fromEntries(Object.entries((req as WithSession).session ?? {})) as Partial<SessionData>
  const isAnother =
    before !== undefined && (before.issuer !== login.issuer || before.user?.sub !== login.user.sub)
  return isAnother ? {} : data
}

/** Lets express-session do something, and turns its failure into one of ours. */
export async function settle(
  req: IncomingMessage,
  problem: string,
  action: (session: Session, done: (error?: unknown) => void) => void,
): Promise<void> {
  const { session } = req as WithSession
  if (!session) throw new OidcError('ERR_OIDC_SESSION_UNAVAILABLE')
  const settled = new Promise<void>((resolve, reject) => {
    action(session, error => (error ? reject(error) : resolve()))
  })
  await withDeadline(settled, DEADLINE).catch(cause => {
    delete (req as WithSession).session // else express-session would try once more, and set its cookie
    throw new OidcError('ERR_OIDC_SESSION_UNAVAILABLE', { message: `The session ${problem}.`, cause })
  })
}
