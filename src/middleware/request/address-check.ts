import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Request, Response } from 'express'
import { isLoopback } from '../../protocol/requests/confidential-url.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { isDocument } from './navigation.ts'
import { stateOf } from './request-state.ts'
import { foldPath } from './route-finder.ts'

/**
 * Makes what compares the address of requests with `baseUrl`, and says once what does not fit. It refuses nothing: a proxy may
 * change the host and the path, and health checks call the app by its IP address.
 */
export function addressCheck(settings: Settings): (req: Request, res: Response) => void {
  const [checkMount, checkPath, checkOrigin] = [
    mountCheck(settings, sayOnce(settings)),
    pathCheck(settings, sayOnce(settings)),
    originCheck(settings, sayOnce(settings)),
  ]
  return (req, res) => {
    checkMount(req)
    checkPath(req, res)
    checkOrigin(req)
  }
}

type Say = (sentence: string) => void

function sayOnce({ log }: Settings): Say {
  let isSaid = false
  return sentence => {
    if (!isSaid) log(sentence)
    isSaid = true
  }
}

/** A path below which the middleware is mounted, and which is not at the end of `baseUrl`. */
function mountCheck({ baseUrl, redirectUri, routes }: Settings, say: Say): (req: Request) => void {
  const { origin, pathname } = new URL(baseUrl)
  const path = foldPath(pathname)
  return req => {
    const mount = foldPath(req.baseUrl)
    if (mount === '' || stateOf(req).passed.length > 0 || path.endsWith(mount)) return
    say(
      `relyingParty() is mounted at ${mount} and answers at ${mount}${routes.callback}, but the redirect URI is ${redirectUri}. Unless a proxy or the app itself leads there, no sign-in can be completed: set options.baseUrl (BASE_URL) to ${origin}${mount}, or mount it with app.use(relyingParty()).`,
    )
  }
}

/** A request to the redirect URI that nothing has answered, because `baseUrl` has a path and the mount has not. */
function pathCheck(
  { baseUrl, redirectUri, routes }: Settings,
  say: Say,
): (req: Request, res: Response) => void {
  const { pathname: base } = new URL(baseUrl)
  if (base === '/') return () => undefined
  const callback = foldPath(new URL(redirectUri).pathname)
  return (req, res) => {
    if (req.baseUrl !== '' || foldPath(req.path) !== callback) return
    res.once('finish', () => {
      if (res.statusCode !== 404) return
      say(
        `${redirectUri} was requested and not found: relyingParty() is mounted at / and answers at ${routes.callback}. Mount it with app.use('${base}', relyingParty()), or let the proxy remove ${base} from the path.`,
      )
    })
  }
}

/** A page that a browser opened at another origin than `baseUrl`, as far as a proxy in between lets that be known. */
function originCheck({ baseUrl, addresses }: Settings, say: Say): (req: Request) => void {
  const base = new URL(baseUrl)
  const all = addresses.map(address => address.baseUrl)
  return req => {
    if (!isDocument(req)) return
    const address = addressOf(req, base)
    if (address === base.origin) return
    const seen = URL.parse(address)
    if (!seen || seen.origin === base.origin || isBehindIndifferentProxy(req, seen)) return
    if (all.some(one => new URL(one).origin === seen.origin))
      return say(
        `A page was opened at ${seen.origin}, which is in options.baseUrl, but Express does not see that address, so sign-ins that begin there end at ${baseUrl}. Set app.set('trust proxy', 1), and let the proxy send X-Forwarded-Host and X-Forwarded-Proto.`,
      )
    if (isIP(seen.hostname.replace(/^\[|\]$/g, '')) && !isLoopback(base)) return // a health check, or a scanner
    say(
      `A page was opened at ${seen.origin}, but options.baseUrl is ${all.join(' ')}. Sign-ins end there, and users are signed in only there. If they open ${seen.origin}, set options.baseUrl (BASE_URL) to it, or redirect it to ${base.origin}. If a proxy has changed the address, let it send X-Forwarded-Host and X-Forwarded-Proto.`,
    )
  }
}

const forwarding = ['x-forwarded-for', 'x-forwarded-proto', 'forwarded', 'via', 'x-real-ip']

/** Whether there is a proxy that passes requests to a name of its own and does not tell the one that the browser used. */
function isBehindIndifferentProxy({ headers }: Request, { hostname }: URL): boolean {
  if (headers['x-forwarded-host'] !== undefined) return false
  if (!forwarding.some(name => headers[name] !== undefined)) return false
  return isLoopback(new URL(`http://${hostname}`)) || isIP(hostname) !== 0 || !hostname.includes('.')
}

/** The address that a browser used. Where a proxy does not tell the scheme, it is taken to be the right one. */
function addressOf(req: Request, base: URL): string {
  const host = first(req.headers['x-forwarded-host']) ?? req.headers.host ?? ''
  const told = first(req.headers['x-forwarded-proto'])
  const isForwarded = forwarding.some(name => req.headers[name] !== undefined)
  const isTls = (req.socket as Partial<TLSSocket>).encrypted === true
  const direct = isTls ? 'https' : 'http'
  const scheme = told ?? (isForwarded ? base.protocol.slice(0, -1) : direct)
  return /^https?$/.test(scheme) ? `${scheme}://${host}` : ''
}

function first(header: string | string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header).split(',')[0]?.trim().toLowerCase()
}
