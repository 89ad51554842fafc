import type { Request, RequestHandler } from 'express'

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']

/**
 * Refuses writes that another site may have caused, because the browser adds the session cookie to those as well. Browsers
 * say where a request comes from in `Sec-Fetch-Site`; old browsers, and all browsers over plain http, only in `Origin`.
 * Scripts can set neither. A request without both headers does not come from a current browser and is refused, too.
 */
export function sameOrigin(): RequestHandler {
  return function sameOrigin(req, res, next) {
    if (SAFE_METHODS.includes(req.method) || isSameOrigin(req)) return next()
    res.status(403).json({ error: 'This request does not come from a page of this app.' })
  }
}

function isSameOrigin(req: Request): boolean {
  const site = req.get('sec-fetch-site')
  return site ? site === 'same-origin' : req.get('origin') === new URL(req.oidc.baseUrl).origin
}
