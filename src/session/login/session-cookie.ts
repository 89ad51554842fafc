import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { Settings } from '../../relying-party/options/settings.ts'
import type { SignInMark } from '../browser/sign-in-mark.ts'
import type { SessionCookie, WithSession } from './request-session.ts'

/** The attributes that decide whether a session cookie is set and comes back. */
type Attributes = SignInMark['cookie']

/** How express-session sends the cookie of this session. Another session middleware has no such thing. */
export function cookieAttributes(req: IncomingMessage): Attributes {
  const cookie: Partial<SessionCookie> = (req as WithSession).session?.cookie ?? {}
  const { path, domain, secure, sameSite, partitioned, originalMaxAge: maxAge } = cookie
  return { path, domain, secure, sameSite, partitioned, maxAge }
}

/** Whether express-session knows that a request arrived by https. With its option `proxy`, a header is enough. */
export function isKnownAsSecure(req: IncomingMessage & { readonly secure?: boolean }): boolean {
  return (req.socket as Partial<TLSSocket>).encrypted === true || req.secure === true
}

/** Whether a proxy says that the browser uses https. */
export const saysHttps = ({ headers }: IncomingMessage): boolean =>
  /^\s*https\s*(,|$)/i.test(String(headers['x-forwarded-proto'] ?? ''))

/** Why a session cookie does not come back, and what to change: both without the full stop. */
export interface CookieFault {
  readonly cause: string
  readonly fix: string
}

/** Why the session cookie can certainly not reach the browser with the response to this request. */
export function whyNotSet(
  req: IncomingMessage,
  { baseUrl, partitionedCookies }: Pick<Settings, 'baseUrl' | 'partitionedCookies'>,
): CookieFault | undefined {
  const { secure, domain, sameSite, partitioned } = cookieAttributes(req)
  if (partitionedCookies && !(secure && String(sameSite).toLowerCase() === 'none' && partitioned))
    return {
      cause:
        'options.partitionedCookies is on, but browsers do not keep the cookie of express-session in a frame of another site',
      fix: "Use session({ cookie: { secure: true, sameSite: 'none', partitioned: true } })",
    }
  if (secure === true && !isKnownAsSecure(req) && !saysHttps(req))
    return {
      cause:
        'express-session does not set its cookie: cookie.secure is true, but this request did not arrive by https',
      fix: baseUrl.startsWith('https:')
        ? "Set app.set('trust proxy', 1), and let the proxy that ends TLS send X-Forwarded-Proto"
        : "baseUrl is http, so set cookie.secure to 'auto' in the options of express-session",
    }
  const { hostname } = new URL(baseUrl)
  if (typeof domain === 'string' && !belongsTo(hostname, domain))
    return {
      cause: `browsers refuse its cookie: cookie.domain is ${domain}, which does not include the host ${hostname} of baseUrl`,
      fix: 'Remove cookie.domain from the options of express-session',
    }
  return undefined
}

function belongsTo(hostname: string, domain: string): boolean {
  const bare = domain.replace(/^\./, '').toLowerCase()
  return hostname === bare || hostname.endsWith(`.${bare}`)
}

/** Why a browser that got a session cookie with its sign-in does not send it with this request. */
export function whyNotSent(req: IncomingMessage, baseUrl: string, mark: Received): CookieFault {
  return (
    whyWithheld(mark, baseUrl, isFromSameSite(req)) ?? {
      cause: 'the browser did not send its cookie',
      fix: 'Look in the browser whether the response of the callback sets it and whether the browser keeps it: another app on this host may use the same cookie name, or a proxy may remove the cookie',
    }
  )
}

/** The session cookie that a browser received, or should have. */
type Received = Pick<SignInMark, 'cookie' | 'wasSecure' | 'signedInAt'>

/** Why browsers keep back a session cookie as it was sent, if its attributes tell. */
export function whyWithheld(
  { cookie, wasSecure, signedInAt }: Received,
  baseUrl: string,
  isFromSameSite = false,
): CookieFault | undefined {
  const { path, secure, sameSite, maxAge } = cookie
  if (secure === true && !wasSecure)
    return {
      cause:
        'express-session did not set its cookie: cookie.secure is true, and Express does not trust the proxy that says X-Forwarded-Proto: https',
      fix: "Set app.set('trust proxy', 1)",
    }
  if (typeof path === 'string' && !`${new URL(baseUrl).pathname}/`.replace('//', '/').startsWith(path))
    return {
      cause: `cookie.path is ${path}, and browsers send the cookie only to addresses below it`,
      fix: 'Remove cookie.path from the options of express-session',
    }
  if (sameSite === 'none' && secure !== true)
    return {
      cause: "cookie.sameSite is 'none' without cookie.secure, which browsers refuse",
      fix: "Set cookie.sameSite to 'lax'",
    }
  if (typeof maxAge === 'number' && Date.now() - signedInAt >= maxAge)
    return {
      cause: `cookie.maxAge is only ${maxAge} ms`,
      fix: 'Set it to the time, in milliseconds, that users may be inactive',
    }
  if ((sameSite === 'strict' || sameSite === true) && !isFromSameSite)
    return {
      cause: "cookie.sameSite is 'strict', so the browser does not send it when it comes from the provider",
      fix: "Set cookie.sameSite to 'lax'",
    }
  return undefined
}

/** Both as text. */
export function sentencesOf({ cause, fix }: CookieFault): string {
  return `${cause}. ${fix}.`
}

function isFromSameSite({ headers }: IncomingMessage): boolean {
  return ['same-origin', 'same-site'].includes(String(headers['sec-fetch-site']))
}
