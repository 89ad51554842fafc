import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'
import { describe, expect } from 'vitest'
import { pass, stopClock, until } from '../../support/clock.ts'
import {
  type Answer,
  html,
  json,
  redirectTo,
  reset,
  status,
  truncated,
} from '../../support/scripted-provider.ts'
import { ENDED, expectEnded, LIFE, refreshesAt, test } from '../../support/tokens/token-flow.ts'
import { askToken } from '../../support/tokens/token-routes.ts'

stopClock()

const tooMany: Answer = (_request, response) =>
  void response
    .writeHead(429, { 'content-type': 'application/json', 'retry-after': '20' })
    .end('{"error":"slow_down"}')

describe('a refresh that is answered by', () => {
  test.for([
    ['500', 503, 'ERR_OIDC_PROVIDER_UNAVAILABLE', status(500)],
    ['503 in JSON', 503, 'ERR_OIDC_PROVIDER_UNAVAILABLE', status(503, { error: 'temporarily_unavailable' })],
    ['429', 503, 'ERR_OIDC_RATE_LIMITED', tooMany],
    ['a reset of the connection', 503, 'ERR_OIDC_PROVIDER_UNAVAILABLE', reset()],
    ['half a response', 503, 'ERR_OIDC_PROVIDER_UNAVAILABLE', truncated()],
    ['a redirect', 503, 'ERR_OIDC_PROVIDER_UNAVAILABLE', redirectTo('https://other.example/')],
    ['a page', 502, 'ERR_OIDC_TOKEN_RESPONSE_INVALID', html()],
    ['no access token', 502, 'ERR_OIDC_TOKEN_RESPONSE_INVALID', json({})],
    [
      'a token of another type',
      502,
      'ERR_OIDC_TOKEN_RESPONSE_INVALID',
      json({ access_token: 'bound', token_type: 'DPoP' }),
    ],
  ] as const)(
    '%s leaves the token that is still valid, is not repeated at once, and ends no login',
    async ([, code, error, answer], { provider, app, browser, kept, events }) => {
      const { token } = await askToken(app, browser)
      pass(LIFE - 5_000)
      provider.answer('token', answer)
      expect(await askToken(app, browser)).toEqual({ status: 200, token })
      expect(events.filter(({ name }) => name === 'tokens.failed')).toMatchObject([
        { message: { error: { code: error } } },
      ])
      for (const _ of [1, 2, 3]) expect(await askToken(app, browser)).toEqual({ status: 200, token })
      expect(refreshesAt(provider)).toHaveLength(1)

      pass(5_001)
      pass(20_000)
      expect(await askToken(app, browser)).toEqual({ status: code, error })
      expect(await askToken(app, browser)).toEqual({ status: code, error })
      expect(refreshesAt(provider)).toHaveLength(2)
      expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })

      provider.answer('token', undefined)
      pass(20_001)
      expect((await askToken(app, browser)).status).toBe(200)
      expect(await kept.tokens()).not.toHaveProperty('attempt')
    },
  )

  test.for([
    ['a reset of the connection', reset(), 1],
    ['429', tooMany, 2],
  ] as const)(
    '%s, when it comes early, leads to so many: %s',
    async ([, answer, count], { provider, app, browser }) => {
      const { token } = await askToken(app, browser)
      pass(LIFE - 59_000)
      provider.answer('token', answer)
      expect(await askToken(app, browser)).toEqual({ status: 200, token })
      await until(() => refreshesAt(provider).length === 1)
      await pause(50)
      pass(25_000)
      expect(await askToken(app, browser)).toEqual({ status: 200, token })
      await pause(50)
      expect(refreshesAt(provider)).toHaveLength(count)
    },
  )

  test('429 is followed by the next one when the provider allows it', async ({ provider, app, browser }) => {
    pass(LIFE + 1)
    provider.answer('token', tooMany)
    await askToken(app, browser)
    pass(19_000)
    await askToken(app, browser)
    expect(refreshesAt(provider)).toHaveLength(1)
    pass(1_001)
    await askToken(app, browser)
    expect(refreshesAt(provider)).toHaveLength(2)
  })

  test('invalid_grant ends the login, once, for all who ask', async ({
    provider,
    app,
    browser,
    kept,
    events,
  }) => {
    pass(LIFE + 1)
    provider.answer(
      'token',
      status(400, { error: 'invalid_grant', error_description: 'eyJhbGciOiJub25lIn0.SECRET.' }),
    )
    const answers = await Promise.all(Array.from({ length: 20 }, () => askToken(app, browser)))
    for (const answer of answers) expect(answer.status).toBe(401)
    expect(answers).toContainEqual(ENDED)
    expect(refreshesAt(provider)).toHaveLength(1)
    expect(inspect(events, { depth: 9 })).not.toContain('SECRET')
    provider.answer('token', undefined)
    await expectEnded(app, browser, await kept.tokens())
  })

  test('invalid_grant ends it also when the token is still valid', async ({
    provider,
    app,
    browser,
    kept,
  }) => {
    pass(LIFE - 5_000)
    provider.answer('token', status(400, { error: 'invalid_grant' }))
    expect(await askToken(app, browser)).toEqual(ENDED)
    provider.answer('token', undefined)
    await expectEnded(app, browser, await kept.tokens())
  })

  test('invalid_grant in the background signs out, whether or not a request needs a token', async ({
    provider,
    app,
    browser,
    kept,
  }) => {
    pass(LIFE - 59_000)
    provider.answer('token', status(400, { error: 'invalid_grant' }))
    expect((await askToken(app, browser)).status).toBe(200)
    await until(async () => (await app.userOf(browser)) === null)
    expect(await kept.tokens()).toEqual({ isOver: true })
  })

  test('invalid_grant ends nothing if the token has a successor', async ({
    provider,
    app,
    browser,
    kept,
  }) => {
    const before = await kept.tokens()
    pass(LIFE + 1)
    provider.answer('token', async (request, response) => {
      const successor = { accessToken: 'of another process', refreshToken: 'successor' }
      await kept.change({ ...before, ...successor, obtainedAt: Date.now(), expiresAt: Date.now() + LIFE })
      await status(400, { error: 'invalid_grant' })(request, response)
    })
    expect(await askToken(app, browser)).toEqual({ status: 200, token: 'of another process' })
    expect(refreshesAt(provider)).toHaveLength(1)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })

  test('a refusal of the client is healed, and the refresh made again', async ({
    provider,
    app,
    browser,
  }) => {
    pass(LIFE + 1)
    let refusals = 1
    const usual = provider.usualAnswer('token')
    provider.answer('token', (request, response) => {
      if (!request.body.includes('grant_type=refresh_token') || refusals-- <= 0)
        return usual(request, response)
      return status(401, { error: 'invalid_client' })(request, response)
    })
    expect((await askToken(app, browser)).status).toBe(200)
    expect(refreshesAt(provider)).toHaveLength(2)
  })

  test('a client that is gone for good leaves the login, and says to sign in again', async ({
    provider,
    app,
    browser,
  }) => {
    pass(LIFE + 1)
    provider.clients.clear()
    expect(await askToken(app, browser)).toEqual({ status: 401, error: 'ERR_OIDC_UNAUTHENTICATED' })
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })
})
