import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Settings } from '../../relying-party/options/settings.ts'
import { OidcError } from '../../vocabulary/errors.ts'

/** How a cookie is sent. Scripts cannot read it. */
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
  /** Whether it is kept apart for each site whose pages frame the app. Not by default. */
  readonly partitioned?: boolean | undefined
}

/** How this library sends its own cookies. */
export function ownAttributes({ secure, partitionedCookies }: Settings): CookieOptions {
  return partitionedCookies ? { secure, sameSite: 'None', partitioned: true } : { secure }
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

/** Bytes of name and value with which browsers keep a cookie (RFC 6265bis §5.6). */
const LARGEST = 4_096

/** Whether browsers keep a cookie of this size. Both parts are ASCII. */
export function isKept({ name, value }: Cookie): boolean {
  return name.length + value.length <= LARGEST
}

/**
 * Adds a cookie to the response. Its name and value need no quoting: base64url, dots, hyphens.
 *
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION` for one that browsers drop. What comes from requests is limited before, so only
 * options can be that long.
 */
export function writeCookie(res: ServerResponse, cookie: Cookie, options: CookieOptions): void {
  const { name, value } = cookie
  if (value !== '' && !isKept(cookie)) throw tooLarge(cookie)
  const { maxAge, secure, path = '/', domain, sameSite = 'Lax', partitioned } = options
  const attributes = [`${name}=${value}`, `Path=${path}`]
  if (maxAge !== undefined) attributes.push(`Max-Age=${maxAge}`)
  attributes.push('HttpOnly')
  if (domain) attributes.push(`Domain=${domain}`)
  if (sameSite !== false) attributes.push(`SameSite=${sameSite}`)
  if (secure) attributes.push('Secure')
  if (partitioned) attributes.push('Partitioned')
  res.appendHeader('Set-Cookie', attributes.join('; '))
}

function tooLarge({ name, value }: Cookie): OidcError {
  return new OidcError('ERR_OIDC_INVALID_OPTION', {
    message: `The cookie ${name} would have ${name.length + value.length} bytes, and browsers drop those of more than ${LARGEST}. Shorten what it holds of your options: the scope, the client_id and the path of baseUrl.`,
  })
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
