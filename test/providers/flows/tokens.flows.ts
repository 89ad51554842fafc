import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import { askToken } from '../../support/tokens/token-routes.ts'
import type { FlowApp, FlowContext } from '../matrix/flow.ts'
import { PersonalBrowser, visit } from '../matrix/person.ts'
import { facts } from '../matrix/providers.ts'
import { testFlows } from '../matrix/test-flows.ts'

/** Milliseconds: a bit more than half the life of the shortened tokens, from when on the app refreshes for a longer one. */
const HALF_LIFE = 2_200
const longer = '?minValidity=60'

testFlows({
  async 'refreshes an access token'(context) {
    const { app, refreshes } = await startShort(context)
    const browser = new PersonalBrowser()
    expect((await visit(browser, app)).status).toBe(200)
    const tokens = [await askToken(app, browser)]
    for (let count = 0; count < 2; count++) {
      await pause(HALF_LIFE)
      tokens.push(await askToken(app, browser, longer))
    }
    expect(
      tokens.map(({ error }) => error),
      app.log.join('\n'),
    ).toEqual([undefined, undefined, undefined])
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(3)
    expect(refreshes).toHaveLength(2)
    expect(await app.userOf(browser)).not.toBeNull()
  },

  async 'ends a login whose refresh token was used by somebody else'(context) {
    const { app, refreshes } = await startShort(context, {
      token_endpoint_auth_method: 'client_secret_basic',
    })
    const browser = new PersonalBrowser()
    expect((await visit(browser, app)).status).toBe(200)
    await pause(HALF_LIFE)
    expect((await askToken(app, browser, longer)).status).toBe(200)
    const [used] = refreshes
    if (used === undefined) throw new Error('The app has not refreshed.')
    expect((await fetch(...used)).ok).toBe(false)
    await pause(HALF_LIFE)
    expect(await askToken(app, browser, longer)).toMatchObject({ status: 401, error: 'ERR_OIDC_LOGIN_ENDED' })
    expect(await app.userOf(browser)).toBeNull()
    expect((await visit(browser, app)).status).toBe(200)
  },
})

type Sent = Parameters<typeof fetch>

/** Starts an app whose access tokens live some seconds, and watches its refreshes. */
async function startShort(
  { start, provider }: FlowContext,
  metadata: RelyingPartyOptions['metadata'] = {},
): Promise<{ readonly app: FlowApp; readonly refreshes: readonly Sent[] }> {
  const refreshes: Sent[] = []
  const watchedFetch: typeof fetch = (input, init) => {
    const { body } = init ?? {}
    const form =
      body instanceof URLSearchParams ? body : new URLSearchParams(typeof body === 'string' ? body : '')
    if (form.get('grant_type') === 'refresh_token')
      refreshes.push([input, { ...init, body: form.toString(), signal: null }])
    return fetch(input, init)
  }
  const parameters = facts[provider.name].needsConsentToRefresh ? { prompt: 'consent' } : {}
  const app = await start({
    relyingParty: {
      scope: 'openid profile email offline_access',
      authorizationParameters: parameters,
      fetch: watchedFetch,
      metadata,
    },
  })
  await provider.administration.shortenTokens((await app.clients())[0] ?? '')
  return { app, refreshes }
}
