import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Settings } from '../../relying-party/options/settings.ts'
import { type Cookie, cookieName, ownAttributes, readCookies, writeCookie } from './cookies.ts'

/** Cookies of one kind, of which a browser has several at a time. */
export interface CookieKind {
  /** How their names begin, before what tells relying parties apart. */
  readonly prefix: string
  /** How many of one relying party a browser has at most. */
  readonly most: number
  /** Bytes of all of them on this host, names included: servers refuse a header of 16 KiB. */
  readonly largest: number
}

/** The cookies of one kind that a request carries, in the order sent: browsers send the oldest first. */
export function ownCookies(settings: Settings, req: IncomingMessage, { prefix }: CookieKind): Cookie[] {
  return readCookies(req).filter(({ name }) => name.startsWith(ownPrefix(settings, prefix)))
}

/** How the names of these cookies begin. Another app on this host, or another provider of this app, has names of its own. */
export function ownPrefix({ digest, secure }: Settings, prefix: string): string {
  return cookieName(`${prefix}${digest}.`, secure)
}

/**
 * Makes the browser forget cookies until a new one fits: first the oldest of this relying party, so that others on this host keep
 * theirs. If those leave no room on their own, then their oldest too: otherwise the host could not be opened any more.
 *
 * @param own - Those of this relying party, the newest first.
 */
export function makeRoom(
  settings: Settings,
  { req, res }: { readonly req: IncomingMessage; readonly res: ServerResponse },
  { prefix, most, largest }: CookieKind,
  added: Cookie,
  own: readonly Cookie[],
): void {
  const kind = cookieName(prefix, settings.secure)
  const mine = ownPrefix(settings, prefix)
  const others = readCookies(req).filter(({ name }) => name.startsWith(kind) && !name.startsWith(mine))
  let room = largest - sizeOf(added)
  const keepOrForget = (cookie: Cookie, hasPlace: boolean): void => {
    if (hasPlace && sizeOf(cookie) <= room) room -= sizeOf(cookie)
    else forgetCookie(settings, res, cookie.name)
  }
  for (const other of others.reverse()) keepOrForget(other, true)
  const before = own.filter(({ name }) => name !== added.name)
  for (const [index, cookie] of before.entries()) keepOrForget(cookie, index < most - 1)
}

/** Makes the browser forget a cookie of this library. */
export function forgetCookie(settings: Settings, res: ServerResponse, name: string): void {
  writeCookie(res, { name, value: '' }, { ...ownAttributes(settings), maxAge: 0 })
}

/** Bytes in the header: they are ASCII, with an equals sign, a semicolon and a space. */
function sizeOf({ name, value }: Cookie): number {
  return name.length + value.length + 3
}
