import { framesPageOf } from '../support/browser/frames.ts'
import type { Browser, Page } from '../support/browser.ts'

/** The user whom the walk signs in. */
const USER = { sub: 'user-1', name: 'Una User', email: 'una@example.test' }

/** Longer than any walk: sign-in, consent and back again are seven redirects. */
const MOST = 20

/**
 * Follows a browser's redirects, and answers login, consent and logout challenges over Hydra's admin API, where a person
 * would answer the pages of a login app (Hydra facts §7). No such app needs to run.
 */
export async function walk(browser: Browser, start: Page, adminUrl: string): Promise<Page> {
  let page = start
  for (let count = 0; count < MOST; count++) {
    const location = page.status >= 300 && page.status < 400 && page.headers.get('location')
    const left = framesPageOf(page)
    if (left) {
      for (const frame of left.frames) await browser.open(frame, { from: page.url })
      page = await browser.open(left.next, { follow: false })
      continue
    }
    if (!location) return page
    const next = await answered(adminUrl, new URL(location, page.url))
    page = await browser.open(next, { follow: false })
  }
  throw new Error(`More than ${MOST} redirects; the last page was ${page.url}`)
}

/** Where the browser goes instead of to a page of the login app. */
async function answered(adminUrl: string, url: URL): Promise<string> {
  for (const page of ['login', 'consent', 'logout'] as const) {
    const challenge = url.searchParams.get(`${page}_challenge`)
    if (challenge) return accepted(adminUrl, page, challenge)
  }
  return url.href
}

async function accepted(
  adminUrl: string,
  page: 'login' | 'consent' | 'logout',
  challenge: string,
): Promise<string> {
  const request = `${adminUrl}/admin/oauth2/auth/requests/${page}`
  const query = `?${page}_challenge=${encodeURIComponent(challenge)}`
  const answer = page === 'consent' ? await consentTo(request + query) : loginAnswer(page)
  const { redirect_to } = await call(`${request}/accept${query}`, 'PUT', answer)
  return String(redirect_to)
}

// Hydra facts §7: without `remember` there is no session that a sign-out could end.
function loginAnswer(page: 'login' | 'logout'): object | undefined {
  return page === 'login' ? { subject: USER.sub, remember: true, remember_for: 3600 } : undefined
}

async function consentTo(request: string): Promise<object> {
  const { requested_scope, requested_access_token_audience } = await call(request, 'GET')
  const { sub: _, ...id_token } = USER
  return {
    grant_scope: requested_scope,
    grant_access_token_audience: requested_access_token_audience ?? [],
    remember: true,
    remember_for: 3600,
    session: { id_token },
  }
}

async function call(url: string, method: string, body?: object): Promise<Readonly<Record<string, unknown>>> {
  const json = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(url, { method, ...json })
  if (response.ok) return (await response.json()) as Record<string, unknown>
  throw new Error(`${method} ${url} answered ${response.status}: ${await response.text()}`)
}
