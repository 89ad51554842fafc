import type { Browser, Page } from '../browser.ts'
import { locationOf } from '../flow.ts'

/** Where a browser came to rest, and how often it was redirected on its way there. */
export interface Journey {
  readonly page: Page
  readonly redirects: number
}

const ENDLESS = 12

/** Opens an address and follows redirects, at most twelve: more is a circle. From the provider on, the way is cross-site. */
export async function travel(
  browser: Browser,
  start: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Journey> {
  let page = await browser.open(start, { follow: false, headers })
  let redirects = 0
  let from: string | undefined
  while (page.headers.has('location') && redirects < ENDLESS) {
    redirects += 1
    const next = locationOf(page)
    if (next.origin !== new URL(start).origin) from = next.href
    page = await browser.open(next.href, { follow: false, headers, ...(from !== undefined && { from }) })
  }
  return { page, redirects }
}
