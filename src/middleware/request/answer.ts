import type { Request, Response } from 'express'
import type { OidcError } from '../../vocabulary/errors.ts'
import type { Site } from '../pages/app-links.ts'
import { buildErrorPage } from '../pages/error-page.ts'
import { buildContentSecurityPolicy, buildPage, type Page } from '../pages/page.ts'
import { isNavigation } from './navigation.ts'

/** What an API client must do to get access. */
export interface Challenge {
  /** The header `WWW-Authenticate`, once for each way in. */
  readonly headers: readonly string[]
  /** More members of the JSON. */
  readonly body: object
}

/** Sends the browser on. 303 turns any request into a GET, so that no form is posted again (RFC 9110 §15.4.4). */
export function sendRedirect(res: Response, url: string): void {
  protect(res)
  res.status(303).location(url).end()
}

/**
 * Refuses a request whose response no user sees: a prefetch, a frame, an image, a script. The status is an error, because a browser
 * may keep a successful response and show it later, when the user opens the page.
 */
export function refuseUnseen(res: Response): void {
  protect(res)
  res.status(503).end()
}

/** Sends a built-in page, which must not be stored or framed. */
export function sendPage(res: Response, status: number, page: Page): void {
  forbidFrames(res)
  res.setHeader('Content-Security-Policy', buildContentSecurityPolicy(page))
  res.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
  res.status(status).type('html').send(buildPage(page))
}

/** Tells an API client which sign-in is needed (RFC 9110 §11.6.1). */
export function sendChallenge(error: OidcError, res: Response, challenge: Challenge): void {
  protect(res)
  res.setHeader('WWW-Authenticate', challenge.headers)
  const { reference, ...body } = bodyOf(error)
  res.status(error.status).json({ ...body, ...(isFailure(error) && { reference }), ...challenge.body })
}

/** Answers a failed request: a page for a user, JSON for an API client. Neither repeats anything from the request. */
export function sendError(error: OidcError, req: Request, res: Response, site: Site): void {
  if (error.retryAfter !== undefined) res.setHeader('Retry-After', String(error.retryAfter))
  const retries = res.hasHeader('Refresh')
  if (isNavigation(req)) return sendPage(res, error.status, buildErrorPage(error, site, { retries }))
  protect(res)
  res.status(error.status).json(bodyOf(error))
}

const unlogged: ReadonlySet<string> = new Set([
  'ERR_OIDC_UNAUTHENTICATED',
  'ERR_OIDC_STEP_UP_REQUIRED',
  'ERR_OIDC_DPOP_NONCE_REQUIRED',
])

/** Without a token, a nonce or a login nothing has failed yet, so the log says nothing of it. */
function isFailure({ code }: OidcError): boolean {
  return !unlogged.has(code)
}

function bodyOf({ code, sentence, reference }: OidcError): Record<'error' | 'message' | 'reference', string> {
  return { error: code, message: sentence, reference }
}

/** Answers a provider, which is not a browser. */
export function sendJson(res: Response, status: number, body?: object): void {
  protect(res)
  res.status(status)
  if (body) res.json(body)
  else res.end()
}

/** Sends public keys. A provider asks again after a minute, unless it has a rule of its own (RFC 7517 §8.5.2). */
export function sendKeys(res: Response, keys: readonly object[]): void {
  protect(res)
  res.setHeader('Cache-Control', 'max-age=60')
  res.status(200).type('application/jwk-set+json').send(JSON.stringify({ keys }))
}

/**
 * Sends an empty page that these origins may load in a frame. The app's own rules for frames do not apply to it: there is
 * nothing on it to click.
 */
export function sendFrame(res: Response, origins: readonly string[]): void {
  protect(res)
  res.removeHeader('X-Frame-Options')
  res.setHeader('Content-Security-Policy', `default-src 'none'; frame-ancestors ${origins.join(' ')}`)
  res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin')
  res.status(200).type('html').send('<!doctype html><title>Signed out</title>')
}

/** Forbids storing or framing the page that is sent next: users must see the button that they press. */
export function forbidFrames(res: Response): void {
  protect(res)
  res.setHeader('X-Frame-Options', 'DENY')
}

/** These responses are for one user at one moment, and their URLs may contain a code (RFC 9700 §4.2.4). */
function protect(res: Response): void {
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('Referrer-Policy', 'same-origin')
  res.setHeader('X-Content-Type-Options', 'nosniff')
}
