import { describe, expect } from 'vitest'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import { pass, stopClock } from '../../support/clock.ts'
import { codeOf, expectSignIn, test } from '../../support/flow.ts'
import { redirectTo, type ScriptedProvider } from '../../support/scripted-provider.ts'
import { LIFE, refreshesAt } from '../../support/tokens/token-flow.ts'
import { askToken, tokenRoutes } from '../../support/tokens/token-routes.ts'

stopClock()

/** Refreshes bring neither a refresh token nor an ID token, and the old refresh token stays valid. */
function keepRefreshToken(provider: ScriptedProvider): void {
  const usual = provider.usualAnswer('token')
  provider.answer('token', async (request, response) => {
    const used = new URLSearchParams(request.body).get('refresh_token') ?? ''
    const grant = provider.refreshTokens.get(used)
    await usual(request, response)
    if (grant) provider.refreshTokens.set(used, grant)
  })
  provider.tokenResponse = ({ refresh_token, id_token, ...body }, form) =>
    form.get('grant_type') === 'refresh_token' ? body : { ...body, refresh_token, id_token }
}

/** Google: with `access_type=offline`, at the first consent, and at each one that `prompt=consent` asks for. */
function consentAsGoogle(provider: ScriptedProvider): void {
  let hasConsented = false
  provider.issuesRefreshToken = ({ asked }) => {
    const isConsent = !hasConsented || asked.get('prompt') === 'consent'
    hasConsented = true
    return asked.get('access_type') === 'offline' && isConsent
  }
  keepRefreshToken(provider)
}

const offline = { access_type: 'offline' }

describe('a refresh token', () => {
  test('that comes without being asked for is used, as those of Keycloak, GitLab and Cognito are', async ({
    provider,
    start,
    browser,
  }) => {
    provider.issuesRefreshToken = () => true
    const app = await start({ after: tokenRoutes })
    await expectSignIn({ app, browser })
    const asked = provider.requestsTo('authorize').at(-1)?.query.get('scope')
    expect(asked).toBe('openid profile email')
    pass(LIFE + 1)
    expect((await askToken(app, browser)).status).toBe(200)
    expect(refreshesAt(provider)).toHaveLength(1)
  })

  test('that a refresh does not replace is used again, as those of Google are', async ({
    provider,
    start,
    browser,
  }) => {
    consentAsGoogle(provider)
    const relyingParty = { authorizationParameters: offline }
    const app = await start({ relyingParty, after: tokenRoutes })
    await expectSignIn({ app, browser })
    for (const _ of [1, 2]) {
      pass(LIFE + 1)
      expect((await askToken(app, browser)).status).toBe(200)
    }
    const used = refreshesAt(provider).map(form => form.get('refresh_token'))
    expect([used.length, new Set(used).size]).toEqual([2, 1])
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    const page = await browser.post(`${app.url}/logout`, {}, { follow: false })
    expect(new URL(page.headers.get('location') ?? '').searchParams.get('id_token_hint')).toMatch(/^eyJ/)
  })

  test.for([
    ['has none without access_type', undefined, 401],
    ['has none after the first consent', offline, 401],
    ['has one with prompt=consent', { ...offline, prompt: 'consent' }, 200],
  ] as const)(
    'at Google, a later sign-in %s',
    async ([, authorizationParameters, status], { provider, start, browser }) => {
      consentAsGoogle(provider)
      const relyingParty: RelyingPartyOptions = authorizationParameters ? { authorizationParameters } : {}
      const app = await start({ relyingParty, after: tokenRoutes })
      for (const _ of [1, 2]) await browser.open(`${app.url}/login`)
      expect((await askToken(app, browser)).status).toBe(200)
      pass(LIFE + 1)
      expect((await askToken(app, browser)).status).toBe(status)
      expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    },
  )

  test.for(['invalid_scope', 'invalid_request'])(
    'is not worth a scope that the provider refuses with %s, as Google and Cognito do',
    async (error, { provider, start, browser }) => {
      provider.issuesRefreshToken = () => true
      const usual = provider.usualAnswer('authorize')
      provider.answer('authorize', (request, response) => {
        const { query } = request
        if (!query.get('scope')?.includes('offline_access')) return usual(request, response)
        const refusal = { error, state: query.get('state') ?? '', iss: provider.issuer }
        const answer = new URLSearchParams(refusal).toString()
        return redirectTo(`${query.get('redirect_uri')}?${answer}`)(request, response)
      })
      const asking = await start({ relyingParty: { scope: 'openid offline_access' } })
      const page = await browser.open(`${asking.url}/private`)
      expect([page.status, codeOf(page)]).toEqual([400, 'ERR_OIDC_AUTHORIZATION_FAILED'])
      expect(await asking.userOf(browser)).toBeNull()
      const app = await start({ after: tokenRoutes })
      await expectSignIn({ app, browser })
      pass(LIFE + 1)
      expect((await askToken(app, browser)).status).toBe(200)
    },
  )
})
