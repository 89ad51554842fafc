import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { describe, expect } from 'vitest'
import type { TestApp } from '../../support/app.ts'
import type { Browser } from '../../support/browser.ts'
import { until } from '../../support/clock.ts'
import { test as base, locationOf } from '../../support/flow.ts'
import { hang, reset, type ScriptedProvider, status } from '../../support/scripted-provider.ts'

const revoking = { relyingParty: { revokeOnLogout: true, scope: 'openid offline_access' } } as const

/** What is told of failed revocations at this provider. */
const test = base.extend('failures', ({ provider, onTestFinished }): unknown[] => {
  const failures: unknown[] = []
  const see = (event: unknown): void => {
    if ((event as { readonly issuer: string }).issuer === provider.issuer) failures.push(event)
  }
  subscribe('express-oidc-rp:revocation.failed', see)
  onTestFinished(() => void unsubscribe('express-oidc-rp:revocation.failed', see))
  return failures
})

/** Signs in and out; the tokens that there were, and where the sign-out went. */
async function signInAndOut(provider: ScriptedProvider, app: TestApp, browser: Browser) {
  const tokens: unknown[] = []
  provider.tokenResponse = body => {
    tokens.push(body.refresh_token, body.access_token)
    return body
  }
  await browser.open(`${app.url}/private`)
  const away = await browser.open(`${app.url}/logout`, { follow: false })
  return { tokens, to: locationOf(away).href.split('?')[0] }
}

const revoked = (provider: ScriptedProvider) =>
  provider.requestsTo('revoke').map(({ body }) => {
    const form = new URLSearchParams(body)
    return [form.get('token_type_hint'), form.get('token')]
  })

describe('a sign-out', () => {
  test('revokes the refresh token, then the access token, as the client that got them', async ({
    provider,
    start,
    browser,
    failures,
  }) => {
    const app = await start(revoking)
    const { tokens, to } = await signInAndOut(provider, app, browser)
    expect(to).toBe(`${provider.issuer}/logout`)
    await until(() => revoked(provider).length === 2)
    expect(revoked(provider)).toEqual([
      ['refresh_token', tokens[0]],
      ['access_token', tokens[1]],
    ])
    const form = new URLSearchParams(provider.requestsTo('revoke')[0]?.body)
    expect(form.get('client_assertion')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
    expect(failures).toEqual([])
  })

  test('revokes the access token where there is no other', async ({ provider, start, browser }) => {
    const app = await start({ relyingParty: { ...revoking.relyingParty, scope: 'openid' } })
    const { tokens } = await signInAndOut(provider, app, browser)
    await until(() => revoked(provider).length === 1)
    expect(revoked(provider)).toEqual([['access_token', tokens[1]]])
  })

  test('revokes nothing unless it is told to', async ({ provider, start, browser }) => {
    const app = await start({ relyingParty: { scope: 'openid offline_access' } })
    const { to } = await signInAndOut(provider, app, browser)
    await browser.open(`${app.url}/me`)
    expect([to, revoked(provider)]).toEqual([`${provider.issuer}/logout`, []])
  })

  test('is as without where the provider has no revocation_endpoint', async ({
    provider,
    start,
    browser,
    failures,
  }) => {
    delete provider.metadata.revocation_endpoint
    const app = await start(revoking)
    const { to } = await signInAndOut(provider, app, browser)
    await browser.open(`${app.url}/me`)
    expect([to, failures]).toEqual([`${provider.issuer}/logout`, []])
  })

  test('does not wait for a revocation that hangs', async ({ provider, start, browser }) => {
    provider.answer('revoke', hang())
    const app = await start(revoking)
    const before = performance.now()
    const { to } = await signInAndOut(provider, app, browser)
    expect(performance.now() - before).toBeLessThan(3_000)
    expect(to).toBe(`${provider.issuer}/logout`)
    expect(await app.userOf(browser)).toBeNull()
  })

  test.for([
    ['refuses the token', status(400, { error: 'unsupported_token_type' })],
    ['refuses the client', status(401, { error: 'invalid_client' })],
    ['fails', status(500)],
    ['breaks off', reset()],
  ] as const)(
    'succeeds where the provider %s, tries both, and says so without them',
    async ([, answer], { provider, start, browser, failures }) => {
      provider.answer('revoke', answer)
      const app = await start(revoking)
      const { tokens, to } = await signInAndOut(provider, app, browser)
      expect(to).toBe(`${provider.issuer}/logout`)
      expect(await app.userOf(browser)).toBeNull()
      await until(() => failures.length > 0)
      expect(revoked(provider).map(([hint]) => hint)).toEqual(['refresh_token', 'access_token'])
      expect(failures).toMatchObject([{ issuer: provider.issuer, loginId: expect.any(String) }])
      const shown = [inspect(failures, { depth: 12, showHidden: true }), app.log.join('\n')]
      for (const said of shown) {
        expect(said).toContain('The provider did not revoke the tokens of a login')
        for (const token of tokens) expect(said).not.toContain(token)
      }
    },
  )
})
