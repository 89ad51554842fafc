import type { IncomingMessage, ServerResponse } from 'node:http'

/** How this library's cookies are sent. The path is `/`, there is no domain, they are Lax, and scripts cannot read them. */
export interface CookieOptions {
  readonly secure: boolean
  /** Seconds; 0 removes the cookie. Without it, the cookie goes when the browser is closed. */
  readonly maxAge?: number
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
  const { maxAge, secure } = options
  const life = maxAge === undefined ? [] : [`Max-Age=${maxAge}`]
  const attributes = [`${name}=${value}`, 'Path=/', ...life, 'HttpOnly', 'SameSite=Lax']
  res.appendHeader('Set-Cookie', [...attributes, ...(secure ? ['Secure'] : [])].join('; '))
}

/** The name under which a cookie is sent: bound to this host by its prefix where https allows it (RFC 6265bis §4.1.3.2). */
export function cookieName(name: string, secure: boolean): string {
  return secure ? `__Host-${name}` : name
}
