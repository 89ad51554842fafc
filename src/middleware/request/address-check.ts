import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Request, Response } from 'express'
import { isLoopback } from '../../protocol/provider/confidential-url.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { isDocument } from './navigation.ts'
import { stateOf } from './request-state.ts'
import { foldPath } from './route-finder.ts'

/**
 * Makes what compares the address of requests with `baseUrl`, and says once what does not fit. It refuses nothing: a proxy may
 * change the host and the path, and health checks call the app by its IP address.
 */
export function addressCheck(settings: Settings): (req: Request, res: Response) => void {
  const checks = [wrongMount, wrongPath, wrongOrigin].map(check => sayOnce(settings, check))
  return (req, res) => {
    for (const check of checks) check(req, res)
  }
}

type Check = (settings: Settings, req: Request, res: Response, say: (sentence: string) => void) => void

function sayOnce(settings: Settings, check: Check): (req: Request, res: Response) => void {
  let isSaid = false
  const say = (sentence: string): void => {
    if (!isSaid) settings.log(sentence)
    isSaid = true
  }
  return (req, res) => {
    if (!isSaid) check(settings, req, res, say)
  }
}

/** A path below which the middleware is mounted, and which is not at the end of `baseUrl`. */
function wrongMount({ baseUrl, redirectUri, routes }: Settings, req: Request, _: Response, say: Say): void {
  const { origin, pathname } = new URL(baseUrl)
  const mount = foldPath(req.baseUrl)
  if (mount === '' || stateOf(req).passed.size > 0 || foldPath(pathname).endsWith(mount)) return
  say(
    `relyingParty() is mounted at ${mount} and answers at ${mount}${routes.callback}, but the redirect URI is ${redirectUri}. Unless a proxy or the app itself leads there, no sign-in can be completed: set options.baseUrl (BASE_URL) to ${origin}${mount}, or mount it with app.use(relyingParty()).`,
  )
}

type Say = (sentence: string) => void

/** A request to the redirect URI that nothing has answered, because `baseUrl` has a path and the mount has not. */
function wrongPath({ baseUrl, redirectUri, routes }: Settings, req: Request, res: Response, say: Say): void {
  const { pathname: base } = new URL(baseUrl)
  if (base === '/' || req.baseUrl !== '') return
  if (foldPath(req.path) !== foldPath(new URL(redirectUri).pathname)) return
  res.once('finish', () => {
    if (res.statusCode !== 404) return
    say(
      `${redirectUri} was requested and not found: relyingParty() is mounted at / and answers at ${routes.callback}. Mount it with app.use('${base}', relyingParty()), or let the proxy remove ${base} from the path.`,
    )
  })
}

/** A page that a browser opened at another origin than `baseUrl`, as far as a proxy in between lets that be known. */
function wrongOrigin({ baseUrl }: Settings, req: Request, _: Response, say: Say): void {
  if (!isDocument(req)) return
  const base = new URL(baseUrl)
  const seen = originOf(req, base)
  if (!seen || seen.origin === base.origin || isBehindIndifferentProxy(req, seen)) return
  if (isIP(seen.hostname.replace(/^\[|\]$/g, '')) && !isLoopback(base)) return // a health check, or a scanner
  say(
    `A page was opened at ${seen.origin}, but options.baseUrl is ${baseUrl}. Sign-ins end there, and users are signed in only there. If they open ${seen.origin}, set options.baseUrl (BASE_URL) to it, or redirect it to ${base.origin}. If a proxy has changed the address, let it send X-Forwarded-Host and X-Forwarded-Proto.`,
  )
}

const forwarding = ['x-forwarded-for', 'x-forwarded-proto', 'forwarded', 'via', 'x-real-ip']

/** Whether there is a proxy that passes requests to a name of its own and does not tell the one that the browser used. */
function isBehindIndifferentProxy({ headers }: Request, { hostname }: URL): boolean {
  if (headers['x-forwarded-host'] !== undefined) return false
  if (!forwarding.some(name => headers[name] !== undefined)) return false
  return isLoopback(new URL(`http://${hostname}`)) || isIP(hostname) !== 0 || !hostname.includes('.')
}

/** The origin that a browser used. Where a proxy does not tell the scheme, it is taken to be the right one. */
function originOf(req: Request, base: URL): URL | undefined {
  const host = first(req.headers['x-forwarded-host']) ?? req.headers.host ?? ''
  const told = first(req.headers['x-forwarded-proto'])
  const isForwarded = forwarding.some(name => req.headers[name] !== undefined)
  const isTls = (req.socket as Partial<TLSSocket>).encrypted === true
  const direct = isTls ? 'https' : 'http'
  const scheme = told ?? (isForwarded ? base.protocol.slice(0, -1) : direct)
  return /^https?$/.test(scheme) ? (URL.parse(`${scheme}://${host}`) ?? undefined) : undefined
}

function first(header: string | string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header).split(',')[0]?.trim().toLowerCase()
}
