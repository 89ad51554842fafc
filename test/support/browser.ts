import type { RequestOptions } from 'node:http'
import { CookieJar } from 'tough-cookie'
import { formOf, hasField } from './browser/browser-form.ts'
import { type FramesPage, framesPageOf } from './browser/frames.ts'
import { isKept } from './browser/kept-cookie.ts'
import { pageOf, send } from './browser/send.ts'

export interface Page {
  readonly status: number
  readonly url: string
  readonly headers: Headers
  readonly text: string
}

export interface NavigationOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Follows redirects, which is the default. */
  readonly follow?: boolean
  /** The page that holds the link or form; without it, the address was typed. A form is its own site's by default. */
  readonly from?: string
}

export interface SubmitOptions extends NavigationOptions {
  /** Picks the form whose action contains this text, instead of the page's first one. */
  readonly form?: string
}

interface BrowserOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly ca?: string
  /** Finds names that no DNS server knows. */
  readonly lookup?: NonNullable<RequestOptions['lookup']>
  readonly loadsFrames?: boolean
  /** Where requests for an address really go, as to the server behind a proxy that ends TLS. Default: there. */
  readonly route?: (url: URL) => URL
}

interface Navigation {
  readonly method: 'GET' | 'POST'
  /** The address and those that redirected to it, in order. */
  readonly urls: readonly URL[]
  readonly from?: URL
  readonly body?: string
  readonly headers: Readonly<Record<string, string>>
}

const MAX_REDIRECTS = 20

/**
 * A browser without scripts: it navigates, follows redirects, loads the frames of a page that then goes on, and keeps cookies, as
 * strictly as the strictest real one.
 */
export class Browser {
  // Safari sends no Secure cookie to http://localhost; what works here works everywhere.
  readonly jar: CookieJar = new CookieJar(undefined, { allowSecureOnLocal: false })
  readonly #headers: Readonly<Record<string, string>>
  readonly #tls: RequestOptions & { readonly ca?: string }
  readonly #loadsFrames: boolean
  readonly #route: (url: URL) => URL

  constructor(options: BrowserOptions = {}) {
    const { headers, loadsFrames = true, route = url => url, ...tls } = options
    this.#tls = tls
    this.#route = route
    this.#loadsFrames = loadsFrames
    this.#headers = {
      accept: 'text/html,application/xhtml+xml',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
      ...headers,
    }
  }

  /** Opens an address, as typed, or as a link on the page `from`. */
  open(url: string, init: NavigationOptions = {}): Promise<Page> {
    return this.#navigate(navigation('GET', new URL(url), init), init.follow)
  }

  /** Posts a form to an address, as from a page of the same origin unless `from` says otherwise. */
  post(url: string, fields: Readonly<Record<string, string>>, init: NavigationOptions = {}): Promise<Page> {
    const body = new URLSearchParams(fields).toString()
    return this.#navigate({ ...navigation('POST', new URL(url), { from: url, ...init }), body }, init.follow)
  }

  /** Submits a form of the page with what its inputs hold and these fields. */
  submit(
    page: Page,
    fields: Readonly<Record<string, string>> = {},
    options: SubmitOptions = {},
  ): Promise<Page> {
    const form = formOf(page, options.form)
    const all = { ...form.fields, ...fields }
    const init = { from: page.url, ...options }
    if (form.method === 'POST') return this.post(form.action, all, init)
    const url = new URL(form.action)
    url.search = new URLSearchParams(all).toString()
    return this.open(url.href, init)
  }

  /** Names the cookies that would go to this address. */
  async cookies(url: string): Promise<string[]> {
    return (await this.jar.getCookies(url)).map(cookie => cookie.key)
  }

  async #navigate(start: Navigation, follow = true): Promise<Page> {
    let current = start
    for (let count = 0; count <= MAX_REDIRECTS; count++) {
      const page = await this.#request(current)
      const location = page.status >= 300 && page.status < 400 && page.headers.get('location')
      const left = framesPageOf(page)
      if (!follow || (!location && !left)) return page
      if (location) current = redirected(current, page.status, location)
      else if (left) current = await this.#leaveFrames(page, left)
    }
    throw new Error(`More than ${MAX_REDIRECTS} redirects: ${current.urls.slice(-4).join(' -> ')}`)
  }

  async #leaveFrames(page: Page, { frames, next }: FramesPage): Promise<Navigation> {
    const headers = { 'sec-fetch-dest': 'iframe' }
    for (const frame of this.#loadsFrames ? frames : []) await this.open(frame, { from: page.url, headers })
    return navigation('GET', new URL(next), { from: page.url })
  }

  async #request(current: Navigation): Promise<Page> {
    const url = addressOf(current)
    const site = fetchSite(current)
    const cookie = await this.jar.getCookieString(url.href, {
      sameSiteContext: sameSiteContext(current, site),
    })
    const target = this.#route(url)
    const headers = {
      ...this.#headers,
      ...(target !== url && { host: url.host, 'x-forwarded-proto': 'https' }),
      'sec-fetch-site': site,
      ...(cookie && { cookie }),
      ...(current.body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(current.method === 'POST' && current.from && { origin: current.from.origin }),
      ...current.headers,
    }
    const response = await send(target, { ...this.#tls, method: current.method, headers }, current.body)
    for (const line of response.headers['set-cookie'] ?? []) {
      if (isKept(line)) await this.jar.setCookie(line, url.href, { ignoreError: true })
    }
    return pageOf(url, response)
  }
}

/** Opens an address of an app and answers the provider's pages until the browser is back at the app. */
export async function signIn(
  browser: Browser,
  startUrl: string,
  user: { readonly login: string; readonly password: string } = { login: 'alice', password: 'wonderland' },
): Promise<Page> {
  let page = await browser.open(startUrl)
  for (let answers = 0; answers < 5 && page.status === 200; answers++) {
    if (hasField(page, 'password')) page = await browser.submit(page, { ...user })
    else if (hasField(page, 'decision')) page = await browser.submit(page, { decision: 'allow' })
    else break
  }
  return page
}

function navigation(method: 'GET' | 'POST', url: URL, init: NavigationOptions): Navigation {
  const from = init.from === undefined ? {} : { from: new URL(init.from) }
  return { method, urls: [url], headers: init.headers ?? {}, ...from }
}

/** What a redirect makes of a navigation: 307 and 308 repeat it, the others turn it into a GET. */
function redirected(current: Navigation, status: number, location: string): Navigation {
  const { from, headers } = current
  const urls: Navigation['urls'] = [...current.urls, new URL(location, addressOf(current))]
  if (status === 307 || status === 308) return { ...current, urls }
  return { method: 'GET', urls, headers, ...(from && { from }) }
}

function addressOf({ urls }: Navigation): URL {
  const url = urls.at(-1)
  if (!url) throw new Error('A navigation needs an address.')
  return url
}

/** @see https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header: one foreign address on the way spoils the rest. */
function fetchSite({ from, urls }: Navigation): 'none' | 'same-origin' | 'same-site' | 'cross-site' {
  if (!from) return 'none'
  if (urls.every(url => url.origin === from.origin)) return 'same-origin'
  // Enough for tests: one host is one site, whatever the port.
  const isSameSite = urls.every(url => url.protocol === from.protocol && url.hostname === from.hostname)
  return isSameSite ? 'same-site' : 'cross-site'
}

function sameSiteContext(
  { method, headers }: Navigation,
  site: ReturnType<typeof fetchSite>,
): 'strict' | 'lax' | 'none' {
  if (site !== 'cross-site') return 'strict'
  return method === 'GET' && headers['sec-fetch-dest'] !== 'iframe' ? 'lax' : 'none'
}
