import { expect } from 'vitest'
import { callRoute } from '../../support/tokens/api-flow.ts'
import { startProvingApi } from '../../support/tokens/proving-api.ts'
import { askToken } from '../../support/tokens/token-routes.ts'
import type { FlowApp } from '../matrix/flow.ts'
import { PersonalBrowser, visit } from '../matrix/person.ts'
import { facts } from '../matrix/providers.ts'
import { testFlows } from '../matrix/test-flows.ts'

testFlows({
  async 'binds its access tokens to its key'({ start, provider }) {
    const api = await startProvingApi()
    const parameters = facts[provider.name].needsConsentToRefresh ? { prompt: 'consent' } : {}
    const app = await start({
      relyingParty: {
        scope: 'openid profile email offline_access',
        authorizationParameters: parameters,
        metadata: { dpop_bound_access_tokens: true },
        apiOrigins: [api.origin],
      },
      after: router => callRoute(router, { url: `${api.origin}/orders`, request: () => ({}) }),
    })
    const browser = await signedIn(app)
    const first = await callApi(app, browser)
    const renewed = await askToken(app, browser, '?scope=openid')
    expect([renewed.status, renewed.token === first], app.log.join('\n')).toEqual([200, false])
    expect((await browser.open(`${app.url}/info`)).status).toBe(200)

    expect(await app.rp.rotate(), app.log.join('\n')).toBe('keys')
    expect((await askToken(app, browser, '?scope=email')).status, app.log.join('\n')).toBe(200)
    await callApi(app, await signedIn(app))
    expect(api.calls.map(({ status, scheme }) => [status, scheme])).toEqual([
      [200, 'DPoP'],
      [200, 'DPoP'],
    ])
    expect(new Set(api.calls.map(({ jkt }) => jkt)).size).toBe(1)
  },
})

async function signedIn(app: FlowApp): Promise<PersonalBrowser> {
  const browser = new PersonalBrowser()
  expect((await visit(browser, app)).status, app.log.join('\n')).toBe(200)
  expect(await app.userOf(browser)).not.toBeNull()
  return browser
}

async function callApi(app: FlowApp, browser: PersonalBrowser): Promise<string | undefined> {
  const answer = await browser.open(`${app.url}/call`)
  expect(JSON.parse(answer.text), app.log.join('\n')).toMatchObject({ status: 200 })
  return (await askToken(app, browser)).token
}
