import { inspect } from 'node:util'
import { expect } from 'vitest'
import { expectSignIn, reachCallback, test } from '../support/flow.ts'
import { logoutToken, postLogout } from '../support/logout/tokens.ts'
import { recordTelemetry } from '../support/opentelemetry/telemetry.ts'
import { status } from '../support/scripted-provider.ts'
import { askToken, tokenRoutes } from '../support/tokens/token-routes.ts'

test('no span and no metric shows a secret, or who a user is', async ({ provider, start, browser }) => {
  const telemetry = recordTelemetry()
  const user = { sub: 'user-1', sid: 'session-1', name: 'Una Person', email: 'una@op.test' }
  Object.assign(provider.user, user)
  const relyingParty = {
    scope: 'openid email offline_access',
    metadata: { token_endpoint_auth_method: 'client_secret_basic' },
  }
  const app = await start({ after: tokenRoutes, relyingParty })
  const secrets = new Set<string>(['user-1', 'Una Person', 'una@op.test'])
  provider.tokenResponse = body => {
    for (const value of [body.access_token, body.refresh_token, body.id_token]) secrets.add(String(value))
    return body
  }
  provider.answer(
    'token',
    status(400, { error: 'invalid_grant', error_description: 'una@op.test has no right' }),
  )
  const callback = await reachCallback(browser, app)
  await browser.open(callback.href)
  for (const name of ['code', 'state']) secrets.add(callback.searchParams.get(name) ?? '')
  provider.answer('token', undefined)
  await expectSignIn({ app, browser })
  expect(await askToken(app, browser, '?scope=openid')).toMatchObject({ status: 200 })
  await app.rp.rotate()
  const token = await logoutToken(provider, { sub: 'user-1' })
  expect((await postLogout(app, token)).status).toBe(200)
  expect(await app.userOf(browser)).toBeNull()
  secrets.add(token)
  for (const { client_secret, registration_access_token } of provider.clients.values())
    for (const secret of [client_secret, registration_access_token]) secrets.add(String(secret))
  for (const { query } of provider.requestsTo('authorize')) secrets.add(query.get('nonce') ?? '')

  const names = new Set(telemetry.own().map(({ name }) => name.replace('oidc.rp.', '')))
  expect([...names].sort()).toEqual([
    'callback',
    'login',
    'logout-token',
    'refresh',
    'registration',
    'rotation',
  ])
  const shown = telemetry
    .own()
    .map(({ name, attributes, status, events }) => ({ name, attributes, status, events }))
  const text = inspect([shown, await telemetry.metrics()], {
    depth: 12,
    maxStringLength: null,
    maxArrayLength: null,
  })
  expect(text).toContain('invalid_grant')
  expect(secrets.size).toBeGreaterThan(10)
  for (const secret of secrets) expect(text.includes(secret) ? secret : '').toBe('')
})
