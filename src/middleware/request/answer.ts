import type { Request, Response } from 'express'
import type { OidcError } from '../../vocabulary/errors.ts'
import type { Site } from '../pages/app-links.ts'
import { buildErrorPage } from '../pages/error-page.ts'
import { buildContentSecurityPolicy, buildPage, type Page } from '../pages/page.ts'

/** What a program must do to get in. */
export interface Challenge {
  /** The header `WWW-Authenticate`, once for each way in. */
  readonly headers: readonly string[]
  /** More members of the JSON. */
  readonly body: object
}

/**
 * Whether a browser is loading a page, rather than a script or another program fetching data. Fetch Metadata says so
 * where the browser sends it; else what the client accepts.
 */
export function isNavigation(req: Request): boolean {
  if (isPrefetch(req)) return false
  const mode = req.headers['sec-fetch-mode']
  if (mode !== undefined) return mode === 'navigate'
  if (req.headers['x-requested-with'] !== undefined) return false
  return /\btext\/html\b/.test(req.headers.accept ?? '')
}

/** Whether a browser loads ahead what nobody has clicked yet. */
export function isPrefetch(req: Request): boolean {
  return /\bprefetch\b/.test(String(req.headers['sec-purpose'] ?? ''))
}

/** Sends the browser on. 303 makes a GET of whatever came in, so that no form is posted again (RFC 9110 §15.4.4). */
export function sendRedirect(res: Response, url: string): void {
  protect(res)
  res.status(303).location(url).end()
}

/** Sends a page of ours, which nobody may keep or frame. */
export function sendPage(res: Response, status: number, page: Page): void {
  forbidFrames(res)
  res.setHeader('Content-Security-Policy', buildContentSecurityPolicy(page))
  res.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
  res.status(status).type('html').send(buildPage(page))
}

/** Tells a program that a sign-in is needed, and which (RFC 9110 §11.6.1). */
export function sendChallenge(error: OidcError, res: Response, challenge: Challenge): void {
  protect(res)
  res.setHeader('WWW-Authenticate', challenge.headers)
  res.status(error.status).json({ error: error.code, message: error.sentence, ...challenge.body })
}

/** Answers a failed request: a page for a person, JSON for a program. Neither repeats anything of the request. */
export function sendError(error: OidcError, req: Request, res: Response, site: Site): void {
  if (error.retryAfter !== undefined) res.setHeader('Retry-After', String(error.retryAfter))
  if (isNavigation(req)) return sendPage(res, error.status, buildErrorPage(error, site))
  protect(res)
  res.status(error.status).json({ error: error.code, message: error.sentence })
}

/** Answers a provider, which is no browser. */
export function sendJson(res: Response, status: number, body?: object): void {
  protect(res)
  res.status(status)
  if (body) res.json(body)
  else res.end()
}

/**
 * Sends an empty page that these origins may load in a frame. What the app has said of frames before does not hold for it:
 * there is nothing on it to click.
 */
export function sendFrame(res: Response, origins: readonly string[]): void {
  protect(res)
  res.removeHeader('X-Frame-Options')
  res.setHeader('Content-Security-Policy', `default-src 'none'; frame-ancestors ${origins.join(' ')}`)
  res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin')
  res.status(200).type('html').send('<!doctype html><title>Signed out</title>')
}

/** What follows on this response, nobody may keep or frame: who presses a button there must see it. */
export function forbidFrames(res: Response): void {
  protect(res)
  res.setHeader('X-Frame-Options', 'DENY')
}

/** Our answers concern one person at one moment, and their URLs may hold a code (RFC 9700 §4.2.4). */
function protect(res: Response): void {
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('Referrer-Policy', 'same-origin')
  res.setHeader('X-Content-Type-Options', 'nosniff')
}
