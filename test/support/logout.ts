import { randomUUID } from 'node:crypto'
import type { TestApp } from './app.ts'
import { Browser } from './browser.ts'
import { test as base } from './flow.ts'
import { showLogin } from './logout-pages.ts'
import type { ScriptedProvider } from './scripted-provider.ts'

export { showLogin } from './logout-pages.ts'

export const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** What a page tells of the login that the browser has. */
interface SeenLogin {
  readonly id: string
  readonly sid: string
  readonly sub: string
}

/** Somebody who is signed in. */
export interface Visitor extends SeenLogin {
  readonly browser: Browser
}

/** A test whose apps have these pages. */
export const test = base.override('app', ({ start }) => start({ after: showLogin }))

/** Signs somebody in with a browser of his own. */
export async function visit(app: TestApp, browser: Browser = new Browser()): Promise<Visitor> {
  const page = await browser.open(`${app.url}/private`)
  if (page.status !== 200) throw new Error(`Nobody was signed in: ${page.text}`)
  return { browser, ...JSON.parse((await browser.open(`${app.url}/login-seen`)).text) }
}

/** Who is signed in, on each of the apps. */
export function isSignedIn({ browser }: Pick<Visitor, 'browser'>, ...apps: TestApp[]): Promise<boolean[]> {
  return Promise.all(apps.map(async app => (await app.userOf(browser)) !== null))
}

/** The claims of a logout token that is valid, with `exp` and the type that the specification wants. */
export function logoutClaims(provider: ScriptedProvider, claims: object): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1_000)
  return {
    iss: provider.issuer,
    aud: [...provider.clients.keys()].at(-1),
    iat: now,
    exp: now + 120,
    jti: randomUUID(),
    events: { [LOGOUT_EVENT]: {} },
    ...claims,
  }
}

/** Signs a logout token that is valid but for what is changed; a claim that is `undefined` is left out. */
export function logoutToken(provider: ScriptedProvider, claims: object): Promise<string> {
  return provider.sign(logoutClaims(provider, claims), { typ: 'logout+jwt' })
}

/** Posts a logout token as a provider does. */
export function postLogout(
  app: Pick<TestApp, 'url'>,
  token: string,
  path = '/backchannel-logout',
): Promise<Response> {
  return fetch(app.url + path, { method: 'POST', body: new URLSearchParams({ logout_token: token }) })
}

/** Ends a session at the provider, which tells this app. */
export async function logOut(provider: ScriptedProvider, app: TestApp, claims: object): Promise<number> {
  return (await postLogout(app, await logoutToken(provider, claims))).status
}
