import { setTimeout as pause } from 'node:timers/promises'
import type { TestApp } from '../app.ts'
import { Browser, type Page } from '../browser.ts'
import { codeOf, reachCallback } from '../flow.ts'
import { logoutToken, postLogout, type Visitor, visit } from '../logout.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'
import { refreshesAt } from '../tokens/token-flow.ts'
import { askToken } from '../tokens/token-routes.ts'
import { type LinkName, links, type OpenLink } from './links.ts'
import type { Disturbance } from './provider-link.ts'

/** When something goes wrong. */
export const moments = ['start', 'sign-in', 'request', 'refresh', 'logout', 'logout token'] as const
export type Moment = (typeof moments)[number]

/** An app on its way through all moments. */
export interface Journey {
  readonly provider: ScriptedProvider
  readonly link: OpenLink
  readonly name: LinkName
  readonly fault: Disturbance
  readonly app: TestApp
}

/** What happens while the way is disturbed, and what must hold when it is good again. */
export interface Step {
  readonly under: () => Promise<Page | undefined>
  /** Returns what is wrong. It is called again until nothing is, for as long as a recovery may take. */
  readonly afterwards: (page: Page | undefined) => Promise<string | undefined>
  /** What is wrong with the answer itself. */
  readonly judge?: (page: Page | undefined) => string | undefined
}

/** What is done at each moment. */
export const steps: Readonly<Record<Moment, (journey: Journey) => Promise<Step>>> = {
  async start({ app, name, provider }) {
    return {
      under: () => new Browser().open(`${app.url}/login`, { follow: false }),
      judge: page => expected(page, links[name] === 'sessions' ? [303, 503] : [503, 303]),
      async afterwards() {
        await app.rp.ready({ timeout: 20 })
        const { size } = provider.clients
        return size === 1 ? undefined : `the provider has ${size} clients`
      },
    }
  },
  async 'sign-in'({ app }) {
    const browser = new Browser()
    const callback = await reachCallback(browser, app)
    let isRight = false
    return {
      under: () => browser.open(callback.href, { follow: false }),
      judge: page => expected(page, [303, 500, 502, 503]),
      async afterwards(page) {
        isRight ||= (page?.status === 303) === ((await app.userOf(browser)) !== null)
        return isRight ? signInWith(app, browser) : `after ${answerOf(page)}, who is signed in is wrong`
      },
    }
  },
  async request({ app, name }) {
    const { browser } = await visitSoon(app)
    return {
      under: () => browser.open(`${app.url}/private`, { follow: false }),
      judge: page => expected(page, links[name] === 'sessions' ? [200, 500, 503] : [200]),
      afterwards: () => isSignedIn(app, browser),
    }
  },
  async refresh({ app, provider }) {
    const { browser } = await visitSoon(app)
    const before = refreshesAt(provider).length
    return {
      under: () => browser.open(`${app.url}/token?scope=openid`),
      async afterwards() {
        // A refresh that the provider has got may have used up the refresh token although its answer was lost.
        const wasSent = refreshesAt(provider).length > before
        const told = await askToken(app, browser, '?scope=openid')
        if (told.status === 401 && wasSent) return signInWith(app, browser)
        return told.status === 200 ? isSignedIn(app, browser) : `the access token: ${JSON.stringify(told)}`
      },
    }
  },
  async logout({ app, name }) {
    const { browser } = await visitSoon(app)
    const stolen = await browser.jar.getCookieString(app.url)
    return {
      under: () => browser.post(`${app.url}/logout`, {}, { follow: false }),
      judge: page => expected(page, links[name] === 'provider' ? [303] : [303, 500, 503]),
      async afterwards(page) {
        const isToRepeat = links[name] === 'sessions' && page?.status !== 303
        if (isToRepeat) await browser.post(`${app.url}/logout`, {}, { follow: false })
        const copy = await fetch(`${app.url}/me`, { headers: { cookie: stolen } })
        if ((await copy.json()) !== null) return 'a copy of the cookie is signed in'
        return (await app.userOf(browser)) === null ? undefined : 'the user is still signed in'
      },
    }
  },
  async 'logout token'({ app, provider }) {
    const visitor: Visitor = await visitSoon(app)
    const other = await visitSoon(app)
    await provider.rotateKeys()
    const token = await logoutToken(provider, { sid: visitor.sid })
    let status = 0
    return {
      async under() {
        const answer = await postLogout(app, token)
        status = answer.status
        const { headers } = answer
        return { status, headers, url: answer.url, text: await answer.text() }
      },
      judge: page =>
        status === 503 && !page?.headers.has('retry-after') ? 'no Retry-After' : expected(page, [200, 503]),
      async afterwards() {
        if (status !== 200) status = (await postLogout(app, token)).status
        if (status !== 200) return `the logout token is answered by ${status}`
        if ((await app.userOf(visitor.browser)) !== null) return 'a session outlived its logout token'
        return isSignedIn(app, other.browser)
      },
    }
  },
}

/** Signs somebody in. What was disturbed before may have left a connection that takes its time. */
async function visitSoon(app: TestApp): Promise<Visitor> {
  for (let tries = 0; tries < 5; tries += 1) {
    const visitor = await visit(app).catch(() => undefined)
    if (visitor) return visitor
    await pause(1_000)
  }
  return visit(app)
}

/** Signs in, and returns what is wrong. */
export async function signInWith(app: TestApp, browser: Browser): Promise<string | undefined> {
  const page = await browser.open(`${app.url}/private`)
  return page.status === 200 && page.text.startsWith('private page')
    ? isSignedIn(app, browser)
    : `a sign-in ended with ${answerOf(page)}`
}

async function isSignedIn(app: TestApp, browser: Browser): Promise<string | undefined> {
  const user = await app.userOf(browser)
  return user?.['sub'] === 'user-1' ? undefined : `signed in is ${JSON.stringify(user)}`
}

function expected(page: Page | undefined, statuses: readonly number[]): string | undefined {
  return page && statuses.includes(page.status) ? undefined : `the answer was ${answerOf(page)}`
}

/** An answer, in short. */
export function answerOf(page: Page | undefined): string {
  if (!page) return 'none'
  const { status, error } = toldBy(page)
  return [status, error].filter(Boolean).join(' ')
}

/** The status of an answer, and the code of its error: that of the page, or that which a page of the test tells. */
export function toldBy(page: Page): { readonly status: number; readonly error?: string | undefined } {
  const told = page.text.startsWith('{') ? JSON.parse(page.text) : { error: codeOf(page) }
  return { status: page.status, ...told }
}
