import type { RequestHandler } from 'express'

const SAFE = ['GET', 'HEAD', 'OPTIONS']

/**
 * Refuses writes that another site may have caused: the browser would add the session's cookie to them. It says where a
 * request comes from in `Sec-Fetch-Site`, or, if it is an old one or the app is on plain http, in `Origin`; no script
 * can set either. What has neither header does not come from a browser, and is refused too.
 */
export function sameOrigin(): RequestHandler {
  return function sameOrigin(req, res, next) {
    const site = req.get('sec-fetch-site')
    const isOurs = site ? site === 'same-origin' : req.get('origin') === new URL(req.oidc.baseUrl).origin
    if (isOurs || SAFE.includes(req.method)) return next()
    res.status(403).json({ error: 'This request does not come from the pages of this app.' })
  }
}
