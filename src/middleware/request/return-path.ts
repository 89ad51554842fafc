import type { Request } from 'express'
import { stateOf } from './request-state.ts'

/** Where the user wants to be: this page, or the page whose form was sent, because a form is not sent twice. */
export function returnPathOf(req: Request, baseUrl: string): string {
  const base = new URL(baseUrl)
  if (req.method === 'GET' || req.method === 'HEAD') {
    const belowMount = req.originalUrl.slice(stateOf(req).attached?.mountPath.length ?? 0) // a proxy may have taken the rest away
    return base.pathname.replace(/\/$/, '') + belowMount
  }
  const { referer = '' } = req.headers
  const page = URL.canParse(referer) ? new URL(referer) : undefined
  return page?.origin === base.origin ? page.pathname + page.search : `${base.pathname.replace(/\/$/, '')}/`
}
