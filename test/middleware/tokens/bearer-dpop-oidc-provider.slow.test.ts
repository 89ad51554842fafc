import type { Configuration } from 'oidc-provider'
import { expect, onTestFinished, test } from 'vitest'
import { memoryStore, type RelyingPartyOptions } from '../../../src/index.ts'
import { startApp, type TestApp } from '../../support/app.ts'
import { Browser, signIn } from '../../support/browser.ts'
import { bound, startDpopProvider } from '../../support/providers/dpop-provider.ts'
import { callRoute } from '../../support/tokens/api-flow.ts'
import { apiApp, audience, call } from '../../support/tokens/bearer.ts'
import { askToken, tokenRoutes } from '../../support/tokens/token-routes.ts'

/** Access tokens of this format, all for the API. */
const resources =
  (accessTokenFormat: 'jwt' | 'opaque') =>
  (defaults: Configuration): Configuration =>
    ({
      ...defaults,
      features: {
        ...defaults.features,
        introspection: { enabled: true, allowedPolicy: () => true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => audience,
          useGrantedResource: () => true,
          getResourceServerInfo: () => ({ scope: 'read', audience, accessTokenFormat }),
        },
      },
    }) as Configuration

test.for(['jwt', 'opaque'] as const)(
  'what an app sends by req.oidc.fetch() passes at another app, as %s of oidc-provider',
  async format => {
    const provider = await startDpopProvider({ configuration: resources(format) })
    const api = await startApp(provider.issuer, apiApp())
    onTestFinished(() => api.close())
    const calling = { url: `${api.url}/api?page=1`, request: () => ({}) }
    const app: TestApp = await startApp(provider.issuer, {
      after(express) {
        tokenRoutes(express)
        callRoute(express, calling)
      },
      relyingParty: {
        store: memoryStore(),
        metadata: bound,
        userInfo: { when: 'lazily' },
        apiOrigins: [api.url],
      } as RelyingPartyOptions,
    })
    onTestFinished(() => app.close())
    const browser = new Browser()
    await signIn(browser, `${app.url}/private`)
    const ask = async (): Promise<{ status: number; text: string }> =>
      JSON.parse((await browser.open(`${app.url}/call`)).text)

    for (const _ of [1, 2]) {
      const { status, text } = await ask()
      expect([status, JSON.parse(text)]).toMatchObject([200, { sub: 'alice' }])
    }
    const { token = '' } = await askToken(app, browser)
    expect((await call(api, '/api', token)).status).toBe(401)
    calling.url = `${api.url}/who`
    expect(JSON.parse((await ask()).text)).toMatchObject({ isAuthenticated: true, claims: { cnf: {} } })
  },
)
