import type { TestApp } from './app.ts'
import { Browser } from './browser.ts'
import { test as base } from './flow.ts'
import { showLogin } from './logout/logout-pages.ts'
import { logoutToken, postLogout } from './logout/tokens.ts'
import type { ScriptedProvider } from './scripted-provider.ts'

export { showLogin } from './logout/logout-pages.ts'
export * from './logout/tokens.ts'

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

/** Switches the front channel on, which is off by default. */
export const frontchannel = { frontchannelLogout: '/frontchannel-logout' } as const

/** A test whose app has these pages. */
export const test = base.extend('app', ({ start }) => start({ after: showLogin }))

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

/** Ends a session at the provider, which tells this app. */
export async function logOut(provider: ScriptedProvider, app: TestApp, claims: object): Promise<number> {
  return (await postLogout(app, await logoutToken(provider, claims))).status
}
