import { SpanStatusCode } from '@opentelemetry/api'
import { describe, expect } from 'vitest'
import { postLogout } from '../support/logout/tokens.ts'
import { childrenOf, parentOf, told } from '../support/opentelemetry/telemetry.ts'
import { test } from '../support/opentelemetry/telemetry-flow.ts'
import { askToken, tokenRoutes } from '../support/tokens/token-routes.ts'

const { UNSET, ERROR } = SpanStatusCode

describe('a span', () => {
  test('is made of a refresh, and of one that fails', async ({ provider, telemetry, start, browser }) => {
    const relyingParty = { scope: 'openid offline_access', authorizationParameters: { prompt: 'consent' } }
    const app = await start({ after: tokenRoutes, relyingParty })
    await browser.open(`${app.url}/private`)
    expect(await askToken(app, browser)).toMatchObject({ status: 200 })
    expect(telemetry.own('oidc.rp.refresh')).toEqual([])
    expect(await askToken(app, browser, '?scope=openid')).toMatchObject({ status: 200 })
    const [refresh] = telemetry.own('oidc.rp.refresh')
    expect(told(refresh)).toMatchObject({
      status: UNSET,
      'oidc.outcome': 'tokens.refreshed',
      'oidc.client.id': app.rp.status().clientId,
      'oidc.client.generation': 1,
    })
    expect(refresh && parentOf(refresh, telemetry)?.name).toBe('GET /token')
    expect(refresh && childrenOf(refresh, telemetry)).toEqual(['POST /token'])
    await provider.stop()
    expect(await askToken(app, browser, '?scope=offline_access')).toMatchObject({ status: 503 })
    const [, failed] = telemetry.own('oidc.rp.refresh')
    expect(told(failed)).toMatchObject({
      status: ERROR,
      'error.type': 'ERR_OIDC_PROVIDER_UNAVAILABLE',
      'oidc.outcome': 'tokens.failed',
    })
  })

  test('is made of a logout token, and of one that is refused', async ({
    provider,
    telemetry,
    start,
    browser,
  }) => {
    const app = await start()
    await browser.open(`${app.url}/private`)
    const refused = await postLogout(app, 'not.a.token')
    expect(refused.status).toBe(400)
    expect(await app.userOf(browser)).not.toBeNull()
    await browser.submit(await browser.open(`${provider.issuer}/session/end`), { logout: 'yes' })
    expect(await app.userOf(browser)).toBeNull()
    const [failed, logout] = telemetry.own('oidc.rp.logout-token')
    expect(told(failed)).toMatchObject({ status: ERROR, 'error.type': 'ERR_OIDC_LOGOUT_TOKEN_INVALID' })
    expect(told(logout)).toMatchObject({
      status: UNSET,
      'oidc.outcome': 'logout.received',
      'oidc.logout.channel': 'back',
      'oidc.logout.by': 'sid',
      'oidc.logout.ended_logins': 1,
    })
    expect(logout && parentOf(logout, telemetry)?.name).toBe('POST /backchannel-logout')
  })
})
