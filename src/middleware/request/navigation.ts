import type { Request } from 'express'

/** Headers that say what a request is for, as browsers and front-end libraries send them. */
const purposeHeaders = [
  'sec-purpose',
  'purpose',
  'x-purpose',
  'x-sec-purpose',
  'sec-fetch-purpose',
  'x-moz',
  'moz-purpose',
]

/** Headers that only a request ahead of time has. */
const prefetchHeaders = [
  'next-router-prefetch',
  'next-router-segment-prefetch',
  'x-middleware-prefetch',
  'hx-preloaded',
  'vnd.prefetch',
]

/**
 * Whether a browser is loading a page, as opposed to a script or an API client fetching data. Fetch Metadata says so if the
 * browser sends it; otherwise, what the client accepts.
 */
export function isNavigation(req: Request): boolean {
  return loadsPage(req) && !isPrefetch(req)
}

function loadsPage({ headers }: Request): boolean {
  const mode = headers['sec-fetch-mode']
  if (mode !== undefined) return mode === 'navigate'
  return headers['x-requested-with'] === undefined && /\btext\/html\b/.test(headers.accept ?? '')
}

/** Whether a browser is loading a page into a tab, and not into a frame. */
export function isDocument(req: Request): boolean {
  return isNavigation(req) && (req.headers['sec-fetch-dest'] ?? 'document') === 'document'
}

/** Whether a browser or a front-end library is prefetching a page that the user has not opened yet. */
export function isPrefetch({ headers }: Request): boolean {
  return (
    purposeHeaders.some(name =>
      /\b(prefetch|prerender|preload|preview)\b/i.test(String(headers[name] ?? '')),
    ) || prefetchHeaders.some(name => headers[name] !== undefined)
  )
}
