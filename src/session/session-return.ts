import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Settings } from '../relying-party/options/settings.ts'
import { OidcError } from '../vocabulary/errors.ts'
import {
  forgetSignInMark,
  hasSignInMark,
  readSignInMark,
  type SignInMark,
  writeSignInMark,
} from './browser/sign-in-mark.ts'
import { readHeldLogin } from './login/request-login.ts'
import { cookiesOf, sessionIdOf } from './login/request-session.ts'
import {
  cookieAttributes,
  isKnownAsSecure,
  sentencesOf,
  whyNotSent,
  whyNotSet,
} from './login/session-cookie.ts'
import { isLoginOver } from './logout/logout-marks.ts'
import type { SessionRelyingParty } from './session-relying-party.ts'

/**
 * Checks, before a sign-in is completed, that its session can reach the browser. Otherwise the next page would ask for
 * another sign-in, forever.
 *
 * @throws {@link OidcError} `ERR_OIDC_SESSION_NOT_RETURNED`
 */
export function verifySessionCookie(settings: Settings, req: IncomingMessage): void {
  const fault = whyNotSet(req, settings)
  if (!fault) return
  const message = `The session of this sign-in would not come back: ${sentencesOf(fault)}`
  throw new OidcError('ERR_OIDC_SESSION_NOT_RETURNED', { message })
}

/** Marks the browser as signed in, so that a next request without the session is noticed. */
export async function expectSession(
  rp: Pick<SessionRelyingParty, 'settings' | 'sealer'>,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const login = readHeldLogin(req)
  if (!login) return
  writeSignInMark({ settings: rp.settings, sealer: await rp.sealer() }, res, {
    sessionId: login.sessionId,
    loginId: login.id,
    signedInAt: Date.now(),
    cookie: cookieAttributes(req),
    wasSecure: isKnownAsSecure(req),
  })
}

/** Takes the mark away from a browser that has brought its session back, so that a later sign-in is not doubted. */
export function noteSession(settings: Settings, req: IncomingMessage, res: ServerResponse): void {
  if (hasSignInMark(settings, req) && readHeldLogin(req)) forgetSignInMark(settings, res)
}

/**
 * Checks that a browser which completed a sign-in a moment ago has brought its session back, unless that login has ended.
 * One that did not would be sent to the provider again and again.
 *
 * @throws {@link OidcError} `ERR_OIDC_SESSION_NOT_RETURNED`, with the likely cause.
 */
export async function verifySession(
  rp: Pick<SessionRelyingParty, 'settings' | 'sealer' | 'logins'>,
  req: IncomingMessage,
): Promise<void> {
  const { settings } = rp
  if (!hasSignInMark(settings, req) || readHeldLogin(req)) return
  const mark = readSignInMark({ settings, sealer: await rp.sealer() }, req)
  if (!mark || sessionIdOf(req) === mark.sessionId || (await isLoginOver(settings, mark.loginId))) return
  throw new OidcError('ERR_OIDC_SESSION_NOT_RETURNED', {
    message: `A sign-in was completed in this browser a moment ago, but its session did not come back: ${await findCause(rp, req, mark)}`,
  })
}

async function findCause(
  { logins, settings }: Pick<SessionRelyingParty, 'settings' | 'logins'>,
  req: IncomingMessage,
  mark: SignInMark,
): Promise<string> {
  const [own, another] = cookiesOf(req, mark.sessionId)
  if (!own) return sentencesOf(whyNotSent(req, settings.baseUrl, mark))
  if (another)
    return `the browser sends several cookies named ${own.name}, and express-session reads only the first. Give the session of this app a name that nothing else on this host or its parent domain uses, with the option name of express-session.`
  const stored = await logins.sessions.read(mark.sessionId).catch(() => undefined)
  if (stored)
    return 'its cookie came back, but express-session refused the signature. Give every process of this app the same secret.'
  return "its cookie came back, but this process does not find the session in its store. Give every process of this app the same session store; express-session's MemoryStore is only seen by one process and lost when it restarts."
}
