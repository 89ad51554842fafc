import type { Settings } from '../../relying-party/options/settings.ts'
import { foldPath } from './route-finder.ts'

/** Characters of a path, as it was sent and as an ASCII URL, which is what cookies, headers and the store hold. */
const LONGEST = 2_048

/** Characters that browsers and parsers read differently: controls, backslash, and spaces at the ends. */
const ambiguous = /[\p{Cc}\\]|^\s|\s$/u

/**
 * Turns a path that came with a request into an absolute URL of this app, or into the app's start page if it leads
 * elsewhere. The result has been parsed again, because removing `..` can turn a path into `//evil.example`.
 */
export function buildReturnUrl(path: unknown, settings: Settings): string {
  const start = `${settings.baseUrl}/`
  if (typeof path === 'string' && path.length > LONGEST) return tooLong(settings, start)
  if (typeof path !== 'string' || !path.startsWith('/') || ambiguous.test(path)) return start
  const base = new URL(start)
  if (!URL.canParse(path, base.href)) return start
  const url = new URL(path, base)
  const emitted = URL.canParse(url.href) ? new URL(url.href) : undefined
  if (
    emitted?.origin !== base.origin ||
    emitted.username ||
    emitted.password ||
    emitted.pathname.startsWith('//')
  )
    return start
  if (emitted.href.length - base.origin.length > LONGEST) return tooLong(settings, start)
  return leadsBackHere(emitted, settings) ? start : emitted.href
}

function tooLong({ logOnce }: Settings, start: string): string {
  logOnce(
    `A return path is longer than ${LONGEST} characters as an ASCII URL, so the start page is used instead. Keep such state in the session or in the page.`,
  )
  return start
}

/** Does the same for an absolute URL that another site has sent. */
export function buildTargetUrl(url: string | undefined, settings: Settings): string {
  const { origin } = new URL(settings.baseUrl)
  return buildReturnUrl(url?.startsWith(origin) ? url.slice(origin.length) : undefined, settings)
}

/** A return to one of the middleware's own routes would sign in or out again. */
function leadsBackHere(url: URL, { baseUrl, routes }: Settings): boolean {
  return Object.values(routes).some(
    path => path !== undefined && foldPath(url.pathname) === foldPath(new URL(baseUrl + path).pathname),
  )
}
