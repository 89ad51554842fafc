import { expect } from 'vitest'
import type { FlowApp } from '../matrix/flow.ts'
import { until } from '../matrix/flow.ts'
import { goOn, PersonalBrowser, visit } from '../matrix/person.ts'
import type { Provider } from '../matrix/provider.ts'
import { facts } from '../matrix/providers.ts'
import { testFlows } from '../matrix/test-flows.ts'

testFlows({
  async 'signs out by redirect'({ start, provider }) {
    await signsOut(provider, await start({ relyingParty: { logoutRequest: 'redirect' } }))
  },

  async 'signs out by form'({ start, provider }) {
    await signsOut(provider, await start({ relyingParty: { logoutRequest: 'form' } }))
  },

  async 'is told when the user signs out of another app'({ start }) {
    const [one, other] = [await start(), await start()]
    // Without the frames that could tell the app too.
    const browser = new PersonalBrowser({ loadsFrames: false })
    expect((await visit(browser, one)).status).toBe(200)
    expect((await visit(browser, other)).status).toBe(200)
    expect(await one.userOf(browser)).not.toBeNull()
    await signOut(browser, other)
    await until('the login at the first app ends', async () => (await one.userOf(browser)) === null)
  },

  async 'is told when an administrator ends the session'({ start, provider }) {
    const app = await start()
    const browser = new PersonalBrowser()
    expect((await visit(browser, app)).status).toBe(200)
    const { sid } = JSON.parse((await browser.open(`${app.url}/login-seen`)).text)
    await provider.administration.endSession(sid)
    await until('the login at the app ends', async () => (await app.userOf(browser)) === null)
  },
})

async function signsOut(provider: Provider, app: FlowApp): Promise<void> {
  const browser = new PersonalBrowser()
  expect((await visit(browser, app)).status).toBe(200)
  const page = await signOut(browser, app)
  expect([page.status, page.url]).toEqual([200, `${app.url}/?out`])
  expect(await app.userOf(browser)).toBeNull()
  if (facts[provider.name].asksNothing) return
  const again = await browser.open(`${app.url}/private`)
  expect(new URL(again.url).origin).not.toBe(app.url)
}

async function signOut(browser: PersonalBrowser, app: FlowApp) {
  const left = await browser.post(`${app.url}/logout`, { returnTo: '/?out' })
  return goOn(browser, left)
}
