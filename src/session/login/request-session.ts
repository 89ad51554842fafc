import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CookieOptions, Session, SessionData } from 'express-session'
import { inTime } from '../../vocabulary/deadline.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { type Cookie, readCookies, writeCookie } from '../browser/cookies.ts'

/** Milliseconds that the session store may take for the session of a request. */
const DEADLINE = 5_000

/** How express-session sends its cookie. Its types leave out one attribute. */
export type SessionCookie = Session['cookie'] & Pick<CookieOptions, 'partitioned'>

/** A request as express-session leaves it. */
export type WithSession = IncomingMessage & { session?: (Session & Partial<SessionData>) | undefined }

/** Whether express-session ran in front. It leaves a request without a session while its store is disconnected. */
export function hasSession(req: IncomingMessage): boolean {
  return (req as WithSession).session !== undefined
}

/** Whether the session of a request is one of express-session: others have no store, or cannot get another id. */
export function hasExpressSession(req: IncomingMessage): boolean {
  const { session, sessionStore } = req as WithSession & { readonly sessionStore?: unknown }
  return typeof session?.regenerate === 'function' && typeof sessionStore === 'object'
}

/** The failure of a request with a session of another middleware. */
export function foreignSession(): OidcError {
  return new OidcError('ERR_OIDC_SESSION_MISSING', {
    message:
      'The session on this request is not one of express-session. Sessions of cookie-session and similar middleware are kept in the browser, where a logout from the provider cannot end them: mount express-session instead.',
  })
}

/** The failure of a request that express-session has left without a session. */
export function missingSession(): OidcError {
  return new OidcError('ERR_OIDC_SESSION_UNAVAILABLE', {
    message:
      'This request has no session: the session store is disconnected, or cookie.path in the options of express-session does not include this address.',
  })
}

/** The id of a request's session, which express-session replaces if it cannot find the one that the browser asked for. */
export function sessionIdOf(req: IncomingMessage): string | undefined {
  return (req as WithSession).session?.id
}

/**
 * Leaves a request without a session if it brought none, so that `saveUninitialized` does not create a row for each token
 * that a provider sends, and no new session replaces the one whose cookie a browser withheld from another site.
 */
export function leaveSession(req: IncomingMessage): void {
  if (!findSessionCookie(req)) delete (req as WithSession).session
}

/**
 * Makes a call to express-session, which may never call back: some store clients wait forever on a dead connection.
 *
 * @throws {@link OidcError} `ERR_OIDC_SESSION_UNAVAILABLE`, with the sentence that says what could not be done.
 */
export async function callSession<Result = void>(
  action: (done: (error?: unknown, result?: Result) => void) => void,
  message: string,
  deadline: number,
): Promise<Result | undefined> {
  const call = new Promise<Result | undefined>((resolve, reject) => {
    action((error, result) => (error ? reject(error) : resolve(result)))
  })
  return await inTime(call, deadline).catch(cause => {
    throw new OidcError('ERR_OIDC_SESSION_UNAVAILABLE', { message, cause })
  })
}

/** Makes a call to the session of a request. After a failure the request has no session. */
export async function callRequestSession(
  req: IncomingMessage,
  problem: string,
  action: (session: Session, done: (error?: unknown) => void) => void,
): Promise<void> {
  const { session } = req as WithSession
  if (!session) throw new OidcError('ERR_OIDC_SESSION_UNAVAILABLE')
  await callSession(done => action(session, done), `The session ${problem}.`, DEADLINE).catch(error => {
    delete (req as WithSession).session // otherwise express-session would try once more, and set its cookie
    throw error
  })
}

/**
 * The cookies that carry a session, among all others of the same name. They are found by the session id in them: express-session
 * does not reveal their name.
 */
export function cookiesOf(req: IncomingMessage, sessionId: string): readonly Cookie[] {
  const starts = [`s:${sessionId}.`, `s%3A${sessionId}.`]
  const cookies = readCookies(req)
  const own = cookies.find(({ value }) => starts.some(start => value.startsWith(start)))
  return own ? cookies.filter(({ name }) => name === own.name) : []
}

function findSessionCookie(req: IncomingMessage): Cookie | undefined {
  const sessionId = sessionIdOf(req)
  return sessionId === undefined ? undefined : cookiesOf(req, sessionId)[0]
}

/** Tells the browser to forget the cookie of its session. */
export function clearSessionCookie(req: IncomingMessage, res: ServerResponse): void {
  const { session } = req as WithSession
  const cookie = findSessionCookie(req)
  if (!session || !cookie) return
  const { path, domain, secure, sameSite = false, partitioned }: SessionCookie = session.cookie
  writeCookie(
    res,
    { name: cookie.name, value: '' },
    {
      path: path ?? '/',
      domain,
      secure: Boolean(secure),
      sameSite: sameSite === true ? 'strict' : sameSite,
      partitioned,
      maxAge: 0,
    },
  )
}
