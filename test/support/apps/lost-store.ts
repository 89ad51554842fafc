import session from 'express-session'
import { expect } from 'vitest'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import type { TestApp, TestAppOptions } from '../app.ts'
import { Browser } from '../browser.ts'
import { until } from '../clock.ts'
import { codeOf, reachCallback, test as scripted } from '../flow.ts'
import { showLogin } from '../logout/logout-pages.ts'
import { logoutToken, postLogout } from '../logout/tokens.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'
import { deliver } from './replicas.ts'

type Start = (options?: TestAppOptions) => Promise<TestApp>
type Store = Required<RelyingPartyOptions>['store']
export type Two = readonly [one: TestApp, other: TestApp]

/** A test whose apps share one session store, as replicas must. */
export const test = scripted.extend('start', ({ start }): Start => {
  const store = new session.MemoryStore()
  return options => start({ ...options, session: { store } })
})

/** Starts one more replica of an app, without waiting until it is ready. */
export function startAnother(
  start: Start,
  { url }: TestApp,
  store: Store,
  relyingParty: RelyingPartyOptions = {},
): Promise<TestApp> {
  return start({
    after: showLogin,
    relyingParty: { store, name: 'app', baseUrl: url, rereadEvery: 0.5, ...relyingParty },
  })
}

/** Begins sign-ins at each replica by turns, delivers each at the other one, and returns what did not work. */
export async function failuresAcross([one, other]: Two, count: number): Promise<string[]> {
  const failures: string[] = []
  for (let index = 0; index < count; index += 1) {
    const [begins, ends] = index % 2 === 0 ? [one, other] : [other, one]
    const browser = new Browser()
    const page = await deliver(browser, await reachCallback(browser, begins), ends)
    if (page.status !== 200) failures.push(codeOf(page) ?? String(page.status))
  }
  return failures
}

/** Both replicas come to use one client, and both end the logins of every client that signs users in. */
export async function expectOneClient(two: Two, provider: ScriptedProvider): Promise<void> {
  const [one, other] = two
  await until(() => one.rp.status().clientId === other.rp.status().clientId)
  await until(() => one.rp.status().retiring.length === other.rp.status().retiring.length)
  expect(await failuresAcross(two, 6)).toEqual([])
  for (const aud of provider.clients.keys()) {
    const token = await logoutToken(provider, { sub: 'user-1', aud })
    for (const replica of two) expect((await postLogout(replica, token)).status).toBe(200)
  }
}
