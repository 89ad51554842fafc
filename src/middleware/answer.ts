import type { Request, Response } from 'express'
import type { Settings } from '../relying-party/settings.ts'
import type { OidcError } from '../vocabulary/errors.ts'
import { buildErrorPage } from './pages/error-page.ts'
import { buildPage, contentSecurityPolicy, type Page } from './pages/page.ts'

/**
 * Whether a browser is loading a page, rather than a script or another program fetching data. Fetch Metadata says so
 * where the browser sends it; else what the client accepts.
 */
export function isNavigation(req: Request): boolean {
  const mode = req.headers['sec-fetch-mode']
  if (mode !== undefined) return mode === 'navigate'
  if (req.headers['x-requested-with'] !== undefined) return false
  return /\btext\/html\b/.test(req.headers.accept ?? '')
}

/** Sends the browser on. 303 makes a GET of whatever came in, so that no form is posted again (RFC 9110 §15.4.4). */
export function sendRedirect(res: Response, url: string): void {
  protect(res)
  res.status(303).location(url).end()
}

/** Sends a page of ours, which nobody may keep or frame. */
export function sendPage(res: Response, status: number, page: Page): void {
  protect(res)
  res.setHeader('Content-Security-Policy', contentSecurityPolicy)
  res.setHeader('X-Frame-Options', 'DENY')
  res.status(status).type('html').send(buildPage(page))
}

/** Answers a failed request: a page for a person, JSON for a program. Neither repeats anything of the request. */
export function sendError(error: OidcError, req: Request, res: Response, settings: Settings): void {
  if (error.retryAfter !== undefined) res.setHeader('Retry-After', String(error.retryAfter))
  if (isNavigation(req)) return sendPage(res, error.status, buildErrorPage(error, settings))
  protect(res)
  res.status(error.status).json({ error: error.code, message: error.sentence })
}

/** Our answers concern one person at one moment, and their URLs may hold a code (RFC 9700 §4.2.4). */
function protect(res: Response): void {
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('Referrer-Policy', 'same-origin')
  res.setHeader('X-Content-Type-Options', 'nosniff')
}
