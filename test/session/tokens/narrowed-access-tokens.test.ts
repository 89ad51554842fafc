import { describe, expect } from 'vitest'
import { pass, stopClock } from '../../support/clock.ts'
import { LIFE, refreshesAt, test } from '../../support/tokens/token-flow.ts'
import { askToken } from '../../support/tokens/token-routes.ts'

stopClock()

describe('an access token for less', () => {
  const narrow = '?scope=openid'
  const forApi = '?resource=https://api.example/v1'

  test('is kept beside the others, and all come from the one refresh token', async ({
    provider,
    app,
    browser,
  }) => {
    const whole = await askToken(app, browser)
    const [narrowed, same, api] = [
      await askToken(app, browser, narrow),
      await askToken(app, browser, '?scope=%20openid%20openid'),
      await askToken(app, browser, forApi),
    ]
    expect(same).toEqual(narrowed)
    expect(new Set([whole.token, narrowed.token, api.token]).size).toBe(3)
    expect(await askToken(app, browser)).toEqual(whole)
    expect(await askToken(app, browser, narrow)).toEqual(narrowed)
    const sent = refreshesAt(provider)
    expect(sent.map(form => [form.get('scope'), form.get('resource')])).toEqual([
      ['openid', null],
      [null, 'https://api.example/v1'],
    ])
    expect(new Set(sent.map(form => form.get('refresh_token'))).size).toBe(2)
  })

  test('is not mistaken for the one for all that is asked for at the same time', async ({
    provider,
    app,
    browser,
  }) => {
    pass(LIFE + 1)
    const [whole, narrowed] = await Promise.all([askToken(app, browser), askToken(app, browser, narrow)])
    expect([whole.status, narrowed.status]).toEqual([200, 200])
    expect(whole.token).not.toBe(narrowed.token)
    expect(refreshesAt(provider)).toHaveLength(2)
  })

  test('is forgotten when it has expired', async ({ app, browser, kept }) => {
    await askToken(app, browser, narrow)
    pass(LIFE + 1)
    await askToken(app, browser)
    expect((await kept.tokens())?.['narrowed']).toEqual({})
  })

  test('is refused where it would be for more, and the others stay as they are', async ({
    provider,
    app,
    browser,
    kept,
  }) => {
    const whole = await askToken(app, browser)
    provider.answer('token', (_request, response) => {
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_scope"}')
    })
    expect(await askToken(app, browser, '?scope=admin')).toEqual({
      status: 502,
      error: 'ERR_OIDC_REFRESH_REFUSED',
    })
    expect(await kept.tokens()).not.toHaveProperty('attempt')
    provider.answer('token', undefined)
    expect(await askToken(app, browser)).toEqual(whole)
    expect((await askToken(app, browser, narrow)).status).toBe(200)
  })

  test.for([
    '?scope=%20',
    '?resource=api',
    '?resource=https://api.example/%23part',
    '?minValidity=-1',
    '?minValidity=soon',
  ])('is refused by %s, which nothing can fulfil', async (query, { provider, app, browser }) => {
    expect(await askToken(app, browser, query)).toEqual({ status: 500, error: 'ERR_OIDC_INVALID_OPTION' })
    expect(refreshesAt(provider)).toHaveLength(0)
  })
})
