import { expect } from 'vitest'
import { alice, goOn, PersonalBrowser, visit } from '../matrix/person.ts'
import { testFlows } from '../matrix/test-flows.ts'

testFlows({
  async 'signs in and tells who the user is'({ start, provider }) {
    const app = await start()
    const browser = new PersonalBrowser()
    const page = await visit(browser, app)
    expect([page.status, page.url, page.text]).toEqual([
      200,
      `${app.url}/private`,
      'private page of Alice Liddell',
    ])
    expect(await app.userOf(browser)).toMatchObject({ iss: provider.issuer, email: 'alice@example.com' })
  },

  async 'signs in in two tabs'({ start }) {
    const app = await start()
    const browser = new PersonalBrowser()
    const first = await browser.open(`${app.url}/private?tab=1`)
    const second = await browser.open(`${app.url}/private?tab=2`)
    const ended = [await goOn(browser, second), await goOn(browser, first)]
    expect(ended.map(page => [page.status, page.url])).toEqual([
      [200, `${app.url}/private?tab=2`],
      [200, `${app.url}/private?tab=1`],
    ])
  },

  async 'says so when consent is denied'({ start, provider }) {
    const app = await start()
    const [client = ''] = await app.clients()
    await provider.administration.askConsent?.(client)
    const browser = new PersonalBrowser()
    const page = await visit(browser, app, '/private', { ...alice, consent: 'deny' })
    expect([page.status, new URL(page.url).origin]).toEqual([403, app.url])
    expect(page.text).toContain('ERR_OIDC_ACCESS_DENIED')
    expect(await app.userOf(browser)).toBeNull()
    expect((await visit(browser, app)).status).toBe(200)
  },
})
