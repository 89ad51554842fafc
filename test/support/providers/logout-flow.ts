import { expect } from 'vitest'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import type { LogoutOptions } from '../../../src/middleware/routes/logout/logout.ts'
import type { TestApp, TestAppOptions } from '../app.ts'
import type { Browser, Page } from '../browser.ts'
import { test as base } from '../flow.ts'
import { parametersOf } from '../scripted-provider/exchange.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'
import { addClient } from './by-hand.ts'
import { endSessionAs, type LogoutShape } from './logout-shapes.ts'

/** Where the end session endpoint is: in the provider's configuration, or only in the options. */
interface Place {
  readonly path: string
  readonly isNamed?: boolean
}

type Options = Omit<RelyingPartyOptions, 'client'>
type StartShop = (
  shape: LogoutShape,
  place: Place,
  options: Options,
  more?: TestAppOptions,
) => Promise<TestApp>

/** A test with an app whose client `shop` was made by hand, at a provider that ends sessions in its own way. */
export const test = base.extend('startShop', ({ provider, start }): StartShop => {
  return async (shape, { path, isNamed = true }, { endpoints, ...options }, more = {}) => {
    const endpoint = provider.issuer + path
    provider.metadata.end_session_endpoint = isNamed ? endpoint : undefined
    const idTokens = rememberIdTokens(provider)
    const app = await start({
      ...more,
      relyingParty: {
        ...options,
        client: { clientId: 'shop', clientSecret: 's' },
        endpoints: { ...endpoints, ...(!isNamed && { end_session_endpoint: endpoint }) },
      } as RelyingPartyOptions,
    })
    addClient(provider, app.url, { client_id: 'shop', client_secret: 's', method: 'client_secret_basic' })
    provider.answer(
      'endSession',
      endSessionAs(shape, app.url, hint => idTokens.has(hint)),
    )
    return app
  }
})

function rememberIdTokens(provider: ScriptedProvider): ReadonlySet<unknown> {
  const idTokens = new Set<unknown>()
  provider.tokenResponse = body => {
    idTokens.add(body.id_token)
    return body
  }
  return idTokens
}

/** A page that signs out with these options, which may be wrong. */
export const leaving = (options: object): TestAppOptions => ({
  after: router => router.get('/leave', req => req.oidc.logout(options as LogoutOptions)),
})

/** Signs in, and out again with this return path. Nobody is signed in afterwards. */
export async function signInAndOut(app: TestApp, browser: Browser, returnTo = '/me'): Promise<Page> {
  expect((await browser.open(`${app.url}/private`)).status).toBe(200)
  const page = await browser.post(`${app.url}/logout`, { returnTo })
  expect(await app.userOf(browser)).toBeNull()
  return page
}

/** What the last sign-out at the provider has sent, by GET or POST. */
export function lastSent({ requestsTo }: Pick<ScriptedProvider, 'requestsTo'>): Record<string, string> {
  const request = requestsTo('endSession').at(-1)
  return request ? Object.fromEntries(parametersOf(request)) : {}
}
