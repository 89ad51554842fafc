import { expect } from 'vitest'
import type { FlowApp } from '../matrix/flow.ts'
import { until } from '../matrix/flow.ts'
import { PersonalBrowser, visit } from '../matrix/person.ts'
import type { Provider } from '../matrix/provider.ts'
import { facts } from '../matrix/providers.ts'
import { isToldOfSignOut, signOut } from '../matrix/sign-out.ts'
import { testFlows } from '../matrix/test-flows.ts'

testFlows({
  async 'signs out by redirect'({ start, provider }) {
    await signsOut(provider, await start({ relyingParty: { logoutRequest: 'redirect' } }))
  },

  async 'signs out by form'({ start, provider }) {
    await signsOut(provider, await start({ relyingParty: { logoutRequest: 'form' } }))
  },

  async 'signs out with parameters of the app, and without a state'({ start, provider }) {
    const logoutParameters = () => ({ ui_locales: 'de', logout_hint: 'alice', state: null })
    await signsOut(provider, await start({ relyingParty: { logoutParameters } }))
  },

  async 'is told when the user signs out of another app'(context) {
    await isToldOfSignOut(context)
  },

  async 'is told by a frame when the user signs out of another app'({ start }) {
    const routes = { frontchannelLogout: '/frontchannel-logout', backchannelLogout: false } as const
    const [one, other] = [await start({ relyingParty: { routes } }), await start()]
    const browser = new PersonalBrowser()
    expect((await visit(browser, one)).status).toBe(200)
    expect((await visit(browser, other)).status).toBe(200)
    expect(await one.userOf(browser)).not.toBeNull()
    await signOut(browser, other)
    expect(await one.userOf(browser)).toBeNull()
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
  const begun = performance.now()
  const page = await signOut(browser, app)
  app.measure(
    'milliseconds of the sign-out, in a browser without scripts',
    Math.round(performance.now() - begun),
  )
  expect([page.status, page.url]).toEqual([200, `${app.url}/?out`])
  expect(await app.userOf(browser)).toBeNull()
  const again = await browser.open(`${app.url}/private`)
  const { asksNothing = false } = facts[provider.name]
  expect(new URL(again.url).origin === app.url, again.url).toBe(asksNothing)
}
