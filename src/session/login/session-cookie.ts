import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { SignInMark } from '../browser/sign-in-mark.ts'
import type { WithSession } from './request-session.ts'

/** The attributes that decide whether a session cookie is set and comes back. */
type Attributes = SignInMark['cookie']

/** How express-session sends the cookie of this session. Another session middleware has no such thing. */
export function cookieAttributes(req: IncomingMessage): Attributes {
  const {
    path,
    domain,
    secure,
    sameSite,
    originalMaxAge: maxAge,
  } = (req as WithSession).session?.cookie ?? {}
  return { path, domain, secure, sameSite, maxAge }
}

/** Whether express-session knows that a request arrived by https. With its option `proxy`, a header is enough. */
export function isKnownAsSecure(req: IncomingMessage & { readonly secure?: boolean }): boolean {
  return (req.socket as Partial<TLSSocket>).encrypted === true || req.secure === true
}

const saysHttps = ({ headers }: IncomingMessage): boolean =>
  /^\s*https\s*(,|$)/i.test(String(headers['x-forwarded-proto'] ?? ''))

/** Why the session cookie can certainly not reach the browser with the response to this request, and what to change. */
export function whyNotSet(req: IncomingMessage, baseUrl: string): string | undefined {
  const { secure, domain } = cookieAttributes(req)
  if (secure === true && !isKnownAsSecure(req) && !saysHttps(req))
    return `express-session does not set its cookie: cookie.secure is true, but this request did not arrive by https. ${baseUrl.startsWith('https:') ? "Set app.set('trust proxy', 1), and let the proxy that ends TLS send X-Forwarded-Proto" : "baseUrl is http, so set cookie.secure to 'auto' in the options of express-session"}.`
  const { hostname } = new URL(baseUrl)
  if (typeof domain === 'string' && !belongsTo(hostname, domain))
    return `browsers refuse its cookie: cookie.domain is ${domain}, which does not include the host ${hostname} of baseUrl. Remove cookie.domain from the options of express-session.`
  return undefined
}

function belongsTo(hostname: string, domain: string): boolean {
  const bare = domain.replace(/^\./, '').toLowerCase()
  return hostname === bare || hostname.endsWith(`.${bare}`)
}

/** Why a browser that got a session cookie with its sign-in does not send it with this request, and what to change. */
export function whyNotSent(
  req: IncomingMessage,
  baseUrl: string,
  { cookie, wasSecure, signedInAt }: SignInMark,
): string {
  const { path, secure, sameSite, maxAge } = cookie
  if (secure === true && !wasSecure)
    return "express-session did not set its cookie: cookie.secure is true, and Express does not trust the proxy that says X-Forwarded-Proto: https. Set app.set('trust proxy', 1)."
  if (typeof path === 'string' && !`${new URL(baseUrl).pathname}/`.replace('//', '/').startsWith(path))
    return `cookie.path is ${path}, and browsers send the cookie only to addresses below it. Remove cookie.path from the options of express-session.`
  if (sameSite === 'none' && secure !== true)
    return "cookie.sameSite is 'none' without cookie.secure, which browsers refuse. Set cookie.sameSite to 'lax'."
  if (typeof maxAge === 'number' && Date.now() - signedInAt >= maxAge)
    return `cookie.maxAge is only ${maxAge} ms. Set it to the time, in milliseconds, that users may be inactive.`
  if ((sameSite === 'strict' || sameSite === true) && !isFromSameSite(req))
    return "cookie.sameSite is 'strict', so the browser does not send it when it comes from the provider. Set cookie.sameSite to 'lax'."
  return 'the browser did not send its cookie. Look in the browser whether the response of the callback sets it and whether the browser keeps it: another app on this host may use the same cookie name, or a proxy may remove the cookie.'
}

function isFromSameSite({ headers }: IncomingMessage): boolean {
  return ['same-origin', 'same-site'].includes(String(headers['sec-fetch-site']))
}
