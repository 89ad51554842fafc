import { expect } from 'vitest'
import { pass, stopClock } from '../../support/clock.ts'
import { expectSignIn, test } from '../../support/flow.ts'
import { status } from '../../support/scripted-provider.ts'
import { LIFE } from '../../support/tokens/token-flow.ts'
import { askToken, tokenRoutes } from '../../support/tokens/token-routes.ts'

stopClock()

const relyingParty = {
  scope: 'openid profile offline_access',
  tokenEndpointParameters: { id_token_key_type: 'JWK', resource: 'https://api.example', absent: undefined },
}

test('are sent with the code and with each refresh, where one of its own takes precedence', async ({
  provider,
  start,
  browser,
}) => {
  const app = await start({ relyingParty, after: tokenRoutes })
  await expectSignIn({ app, browser })
  pass(LIFE + 1)
  expect((await askToken(app, browser)).status).toBe(200)
  expect((await askToken(app, browser, '?resource=https://other.example')).status).toBe(200)
  const sent = provider.requestsTo('token').map(({ body }) => {
    const form = new URLSearchParams(body)
    expect(form.has('absent')).toBe(false)
    return [form.get('grant_type'), form.get('id_token_key_type'), form.getAll('resource')]
  })
  expect(sent).toEqual([
    ['authorization_code', 'JWK', ['https://api.example']],
    ['refresh_token', 'JWK', ['https://api.example']],
    ['refresh_token', 'JWK', ['https://other.example']],
  ])
})

test('that the provider refuses sign nobody in', async ({ provider, start, browser }) => {
  const app = await start({ relyingParty })
  provider.answer('token', status(400, { error: 'invalid_target' }))
  expect((await browser.open(`${app.url}/private`)).status).toBe(400)
  expect(await app.userOf(browser)).toBeNull()
  provider.behave()
  await expectSignIn({ app, browser })
})
