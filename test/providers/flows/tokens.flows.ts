import { expect } from 'vitest'
import { askToken } from '../../support/tokens/token-routes.ts'
import { PersonalBrowser, visit } from '../matrix/person.ts'
import { facts } from '../matrix/providers.ts'
import { testFlows } from '../matrix/test-flows.ts'

const half = '?minValidity=1800'

testFlows({
  async 'refreshes an access token'({ start, provider }) {
    const { refreshScope } = facts[provider.name]
    const app = await start({ relyingParty: { scope: `openid profile email ${refreshScope}`.trim() } })
    const browser = new PersonalBrowser()
    expect((await visit(browser, app)).status).toBe(200)
    const first = await askToken(app, browser)
    expect(first.status).toBe(200)
    const second = await askToken(app, browser, half)
    expect([second.status, typeof second.token]).toEqual([200, 'string'])
    expect(await app.userOf(browser)).not.toBeNull()
  },
})
