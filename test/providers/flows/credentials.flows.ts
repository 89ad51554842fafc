import { expect } from 'vitest'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { expectOneAttempt } from '../matrix/attempts.ts'
import type { FlowApp } from '../matrix/flow.ts'
import { goOn, PersonalBrowser, visit } from '../matrix/person.ts'
import { testFlows } from '../matrix/test-flows.ts'

testFlows({
  async 'rotates its keys'({ start }) {
    const app = await start()
    await rotatesUnnoticed(app, ['keys'])
    expect(await app.clients()).toHaveLength(1)
  },

  async 'rotates its secret'({ start }) {
    const metadata = { token_endpoint_auth_method: 'client_secret_basic' } as const
    const app = await start({ relyingParty: { metadata } })
    await rotatesUnnoticed(app, ['secret', 'replacement'])
    expect((await app.clients()).length).toBeLessThanOrEqual(2)
  },

  async 'rotates by a replacement client'({ start, provider }) {
    const app = await start()
    await provider.administration.voidRegistrationToken((await app.clients())[0] ?? '')
    await rotatesUnnoticed(app, ['replacement'])
    expect(await app.clients()).toHaveLength(2)
  },

  async 'changes its registration when it asks for something else'({ start }) {
    const directory = await temporaryDirectory()
    const first = await start({ directory })
    const { clientName, url } = first
    const clients = await first.clients()
    await first.close()
    const relyingParty = { routes: { logoutCallback: '/signed-out' } }
    const app = await start({ directory, clientName, port: Number(new URL(url).port), relyingParty })
    const browser = new PersonalBrowser()
    expect((await visit(browser, app)).status).toBe(200)
    const left = await goOn(browser, await browser.post(`${app.url}/logout`, { returnTo: '/?out' }))
    expect([left.status, left.url]).toEqual([200, `${app.url}/?out`])
    expect(await app.clients()).toEqual(clients)
  },

  async 'deletes its client when it leaves'({ start }) {
    const app = await start()
    expect(await app.clients()).toHaveLength(1)
    await app.rp.unregister()
    expect(await app.clients()).toEqual([])
  },
})

/** A rotation ends no login, and sign-ins go on before, across and after it. */
async function rotatesUnnoticed(app: FlowApp, ways: readonly string[]): Promise<void> {
  const earlier = new PersonalBrowser()
  expect((await visit(earlier, app)).status).toBe(200)
  const across = new PersonalBrowser()
  const asked = await across.open(`${app.url}/private`)
  expect(ways).toContain(await app.rp.rotate())
  expect((await goOn(across, asked)).url).toBe(`${app.url}/private`)
  await expectOneAttempt(app)
  expect(await app.userOf(earlier)).not.toBeNull()
  const left = await goOn(earlier, await earlier.post(`${app.url}/logout`, { returnTo: '/?out' }))
  expect([left.status, left.url]).toEqual([200, `${app.url}/?out`])
}
