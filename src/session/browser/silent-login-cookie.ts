import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Settings } from '../../relying-party/options/settings.ts'
import { cookieName, ownAttributes, readCookies, writeCookie } from './cookies.ts'

/**
 * What a browser remembers until it is closed: `kept` means that it keeps cookies, `tried` that no silent sign-in is needed
 * any more. Not a secret: users who change it only change their own sign-in.
 */
export type SilentMark = 'kept' | 'tried'

export function writeSilentMark(settings: Settings, res: ServerResponse, mark: SilentMark): void {
  writeCookie(res, { name: markName(settings), value: mark }, ownAttributes(settings))
}

/** The mark of a browser. One that a sibling domain added counts too: at worst, no silent sign-in is tried. */
export function readSilentMark(settings: Settings, req: IncomingMessage): SilentMark | undefined {
  const name = markName(settings)
  const marks = readCookies(req).flatMap(cookie => (cookie.name === name ? [cookie.value] : []))
  if (marks.length === 0) return undefined
  return marks.every(mark => mark === 'kept') ? 'kept' : 'tried'
}

const markName = ({ digest, secure }: Settings): string => cookieName(`oidc-silent.${digest}`, secure)
