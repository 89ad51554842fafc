import { expect } from 'vitest'
import type { Page } from '../../support/browser.ts'
import { type FlowApp, type FlowContext, until } from './flow.ts'
import { goOn, PersonalBrowser, visit } from './person.ts'

/** Signs out of an app and at the provider. */
export async function signOut(browser: PersonalBrowser, app: FlowApp): Promise<Page> {
  return goOn(browser, await browser.post(`${app.url}/logout`, { returnTo: '/?out' }))
}

/** A logout token ends the login at one app when the user signs out of another. */
export async function isToldOfSignOut({ start }: FlowContext): Promise<void> {
  const [one, other] = [await start(), await start()]
  // Without the frames that could tell the app too.
  const browser = new PersonalBrowser({ loadsFrames: false })
  expect((await visit(browser, one)).status).toBe(200)
  expect((await visit(browser, other)).status).toBe(200)
  expect(await one.userOf(browser)).not.toBeNull()
  await signOut(browser, other)
  await until('the login at the first app ends', async () => (await one.userOf(browser)) === null)
}
