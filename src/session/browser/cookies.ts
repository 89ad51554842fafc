import type { IncomingMessage, ServerResponse } from 'node:http'

/** How a cookie is sent. Scripts cannot read it. The defaults are those of this library's own cookies. */
export interface CookieOptions {
  readonly secure: boolean
  /** Seconds; 0 removes the cookie. Without it, the cookie goes when the browser is closed. */
  readonly maxAge?: number
  /** `/` by default. */
  readonly path?: string | undefined
  /** None by default: the cookie is sent to this host only. */
  readonly domain?: string | undefined
  /** `Lax` by default; with `false` the attribute is left out. */
  readonly sameSite?: string | false
}

/** A cookie that a request carries. */
export interface Cookie {
  readonly name: string
  readonly value: string
}

/** Reads the cookies of a request, in the order sent. One name may occur twice: a sibling domain can add its own. */
export function readCookies(req: IncomingMessage): Cookie[] {
  return (req.headers.cookie ?? '').split(';').flatMap(pair => {
    const equals = pair.indexOf('=')
    return equals < 0 ? [] : [{ name: pair.slice(0, equals).trim(), value: pair.slice(equals + 1).trim() }]
  })
}

/** Adds a cookie to the response. Its name and value need no quoting: base64url, dots, hyphens. */
export function writeCookie(res: ServerResponse, { name, value }: Cookie, options: CookieOptions): void {
  const { maxAge, secure, path = '/', domain, sameSite = 'Lax' } = options
  const attributes = [`${name}=${value}`, `Path=${path}`]
  if (maxAge !== undefined) attributes.push(`Max-Age=${maxAge}`)
  attributes.push('HttpOnly')
  if (domain) attributes.push(`Domain=${domain}`)
  if (sameSite !== false) attributes.push(`SameSite=${sameSite}`)
  if (secure) attributes.push('Secure')
  res.appendHeader('Set-Cookie', attributes.join('; '))
}

/** Takes a cookie out of the response again, so that the browser keeps what it has. */
export function withdrawCookie(res: ServerResponse, name: string): void {
  const written = [res.getHeader('Set-Cookie') ?? []].flat().map(String)
  const rest = written.filter(cookie => !cookie.startsWith(`${name}=`))
  if (rest.length > 0) res.setHeader('Set-Cookie', rest)
  else res.removeHeader('Set-Cookie')
}

/** The name under which a cookie is sent: bound to this host by its prefix where https allows it (RFC 6265bis §4.1.3.2). */
export function cookieName(name: string, secure: boolean): string {
  return secure ? `__Host-${name}` : name
}
