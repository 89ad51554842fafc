import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Sealer } from '../../protocol/sealing.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { hasMembers, isObject, isText, isTime } from '../../vocabulary/json.ts'
import { forgetCookie } from './cookie-room.ts'
import { cookieName, ownAttributes, readCookies, writeCookie } from './cookies.ts'

/** What a browser gets with a completed sign-in. Until a request brings the session back, its cookie comes without it. */
export interface SignInMark {
  readonly sessionId: string
  readonly loginId: string
  /** Milliseconds since 1970. */
  readonly signedInAt: number
  /** How express-session sends its cookie. */
  readonly cookie: Readonly<Record<string, unknown>>
  /** Whether Express knew that the callback arrived by https. */
  readonly wasSecure: boolean
}

const isSignInMark = hasMembers<SignInMark>({
  sessionId: isText,
  loginId: isText,
  signedInAt: isTime,
  cookie: isObject,
  wasSecure: value => typeof value === 'boolean',
})

/** Seconds in which a session is expected back. The browser goes to its return path immediately. */
const LIFETIME = 2 * 60

/** Gives the mark to the browser. */
export function writeSignInMark(
  { settings, sealer }: { readonly settings: Settings; readonly sealer: Sealer },
  res: ServerResponse,
  mark: SignInMark,
): void {
  const name = markName(settings)
  const value = sealer.seal(name, { ...mark })
  writeCookie(res, { name, value }, { ...ownAttributes(settings), maxAge: LIFETIME })
}

/** Whether a request carries a mark, which may not be valid. Costs almost nothing. */
export function hasSignInMark(settings: Settings, { headers }: IncomingMessage): boolean {
  const { cookie } = headers
  return cookie?.includes(PREFIX) === true && cookie.includes(`${markName(settings)}=`)
}

export function readSignInMark(
  { settings, sealer }: { readonly settings: Settings; readonly sealer: Sealer },
  req: IncomingMessage,
): SignInMark | undefined {
  const name = markName(settings)
  for (const cookie of readCookies(req).filter(candidate => candidate.name === name)) {
    const opened = sealer.open(name, cookie.value)
    if (isSignInMark(opened) && isRecent(opened)) return opened
  }
  return undefined
}

function isRecent({ signedInAt }: SignInMark): boolean {
  return Math.abs(Date.now() - signedInAt) < LIFETIME * 1_000
}

export function forgetSignInMark(settings: Settings, res: ServerResponse): void {
  forgetCookie(settings, res, markName(settings))
}

const PREFIX = 'oidc-signed-in.'

const markName = ({ digest, secure }: Settings): string => cookieName(PREFIX + digest, secure)
