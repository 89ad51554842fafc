import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'
import { describe, expect } from 'vitest'
import type { OidcError } from '../src/index.ts'
import { pass, stopClock, until } from './support/clock.ts'
import { expectSignIn } from './support/flow.ts'
import {
  type Answer,
  html,
  json,
  redirectTo,
  reset,
  type ScriptedProvider,
  status,
  truncated,
} from './support/scripted-provider.ts'
import { ENDED, expectEnded, LIFE, offline, test } from './support/token-flow.ts'
import { askToken } from './support/token-routes.ts'

stopClock()

const grant = (type: string) => (request: { readonly body: string }) =>
  new URLSearchParams(request.body).get('grant_type') === type

/** How often a refresh was asked for. What heals a client asks by made-up codes. */
const refreshesAt = (provider: ScriptedProvider): number =>
  provider.requestsTo('token').filter(grant('refresh_token')).length

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
      expect(refreshesAt(provider)).toBe(1)

      pass(5_001)
      pass(20_000)
      expect(await askToken(app, browser)).toEqual({ status: code, error })
      expect(await askToken(app, browser)).toEqual({ status: code, error })
      expect(refreshesAt(provider)).toBe(2)
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
      await until(() => refreshesAt(provider) === 1)
      await pause(50)
      pass(25_000)
      expect(await askToken(app, browser)).toEqual({ status: 200, token })
      await pause(50)
      expect(refreshesAt(provider)).toBe(count)
    },
  )

  test('429 is followed by the next one when the provider allows it', async ({ provider, app, browser }) => {
    pass(LIFE + 1)
    provider.answer('token', tooMany)
    await askToken(app, browser)
    pass(19_000)
    await askToken(app, browser)
    expect(refreshesAt(provider)).toBe(1)
    pass(1_001)
    await askToken(app, browser)
    expect(refreshesAt(provider)).toBe(2)
  })

  test('invalid_grant ends the login, once, for all who ask', async ({
    provider,
    app,
    browser,
    kept,
    events,
  }) => {
    pass(LIFE + 1)
    provider.answer('token', status(400, { error: 'invalid_grant', error_description: 'SECRET' }))
    const answers = await Promise.all(Array.from({ length: 20 }, () => askToken(app, browser)))
    for (const answer of answers) expect(answer.status).toBe(401)
    expect(answers).toContainEqual(ENDED)
    expect(refreshesAt(provider)).toBe(1)
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

  test('invalid_grant in the background signs out with the next request that needs a token', async ({
    provider,
    app,
    browser,
    kept,
  }) => {
    pass(LIFE - 59_000)
    provider.answer('token', status(400, { error: 'invalid_grant' }))
    expect((await askToken(app, browser)).status).toBe(200)
    await until(async () => (await kept.tokens())?.['isOver'] === true)
    expect(await askToken(app, browser)).toEqual(ENDED)
    provider.answer('token', undefined)
    await expectEnded(app, browser, await kept.tokens())
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
    expect(refreshesAt(provider)).toBe(1)
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
      if (!grant('refresh_token')(request) || refusals-- <= 0) return usual(request, response)
      return status(401, { error: 'invalid_client' })(request, response)
    })
    expect((await askToken(app, browser)).status).toBe(200)
    expect(refreshesAt(provider)).toBe(2)
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

describe('a sign-out during a refresh', () => {
  test('wins: the new tokens are kept nowhere, and revoked', async ({ provider, app, browser, kept }) => {
    let release = (): void => undefined
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    let newest = ''
    provider.tokenResponse = async body => {
      newest = String(body.refresh_token)
      await held
      return body
    }
    pass(LIFE + 1)
    const asking = askToken(app, browser)
    await until(() => newest !== '')
    await browser.post(`${app.url}/logout`, {}, { follow: false })
    release()
    expect(await asking).toEqual({ status: 401, error: 'ERR_OIDC_UNAUTHENTICATED' })
    expect(await kept.tokens()).toBeUndefined()
    expect(provider.requestsTo('revoke').map(({ body }) => new URLSearchParams(body).get('token'))).toEqual([
      newest,
    ])
    expect(await app.userOf(browser)).toBeNull()
  })

  test('wins at a provider that has no revocation, too', async ({ provider, start, kept, browser }) => {
    delete (provider.metadata as Record<string, unknown>)['revocation_endpoint']
    const app = await start(offline(kept.store))
    await expectSignIn({ app, browser })
    provider.tokenResponse = async body => {
      await kept.change(undefined)
      return body
    }
    pass(LIFE + 1)
    expect(await askToken(app, browser)).toEqual({ status: 401, error: 'ERR_OIDC_UNAUTHENTICATED' })
    expect(await kept.tokens()).toBeUndefined()
  })

  test('before its request leaves nothing to ask the provider for', async ({
    provider,
    app,
    browser,
    kept,
  }) => {
    pass(LIFE + 1)
    kept.fault = async operation => {
      if (operation === 'set') await kept.change(undefined)
    }
    expect(await askToken(app, browser)).toEqual({ status: 401, error: 'ERR_OIDC_UNAUTHENTICATED' })
    expect(refreshesAt(provider)).toBe(0)
  })
})

test('a refresh that another process has overtaken leaves what that one has kept', async ({
  provider,
  app,
  browser,
  kept,
}) => {
  const before = await kept.tokens()
  pass(LIFE + 1)
  provider.tokenResponse = async body => {
    await kept.change({ ...before, refreshToken: 'successor' })
    return body
  }
  expect((await askToken(app, browser)).status).toBe(200)
  expect(await kept.tokens()).toMatchObject({ refreshToken: 'successor' })
  expect(provider.requestsTo('revoke')).toHaveLength(0)
})

describe('a store that fails', () => {
  const down = (): never => {
    throw new Error('down')
  }

  test('before the refresh keeps the refresh token unused', async ({ provider, app, browser, kept }) => {
    const { token } = await askToken(app, browser)
    pass(LIFE - 5_000)
    kept.fault = operation => void (operation === 'set' && down())
    expect(await askToken(app, browser)).toEqual({ status: 200, token })
    pass(5_001)
    expect(await askToken(app, browser)).toEqual({ status: 503, error: 'ERR_OIDC_STORE_UNAVAILABLE' })
    expect(refreshesAt(provider)).toBe(0)
    kept.fault = () => undefined
    expect((await askToken(app, browser)).status).toBe(200)
  })

  test('after it is asked again, so that the new tokens are not lost', async ({
    provider,
    app,
    browser,
    kept,
  }) => {
    pass(LIFE + 1)
    let failures = 3
    provider.tokenResponse = body => {
      kept.fault = () => void (failures-- > 0 && down())
      return body
    }
    const { status: answered, token } = await askToken(app, browser)
    expect([answered, failures < 0]).toEqual([200, true])
    expect(await kept.tokens()).toMatchObject({ accessToken: token })
    expect(refreshesAt(provider)).toBe(1)
  })

  test('although it has kept them is believed when it says so later', async ({
    provider,
    app,
    browser,
    kept,
  }) => {
    pass(LIFE + 1)
    provider.tokenResponse = body => {
      kept.losesAnswer = true
      return body
    }
    expect((await askToken(app, browser)).status).toBe(200)
    expect(kept.losesAnswer).toBe(false)
    expect(refreshesAt(provider)).toBe(1)
    expect((await askToken(app, browser)).status).toBe(200)
  })

  test('for good loses them: nobody gets them, and the login ends when the store is back', async ({
    provider,
    app,
    browser,
    kept,
  }) => {
    pass(LIFE + 1)
    provider.tokenResponse = body => {
      kept.fault = down
      return body
    }
    expect(await askToken(app, browser)).toEqual({ status: 503, error: 'ERR_OIDC_STORE_UNAVAILABLE' })
    kept.fault = () => undefined
    provider.tokenResponse = body => body
    expect(await kept.tokens()).toMatchObject({ attempt: { maySpend: true } })
    expect(await askToken(app, browser)).toEqual(ENDED)
    await expectEnded(app, browser, await kept.tokens())
  })
})

describe('nothing secret', () => {
  test('is in the errors, events and log of refreshes', async ({ provider, app, browser, kept, events }) => {
    const secrets: unknown[] = []
    const note = async (): Promise<void> => {
      const { accessToken, refreshToken, idToken } = (await kept.tokens()) ?? {}
      secrets.push(accessToken, refreshToken, idToken)
    }
    await note()
    pass(LIFE + 1)
    await askToken(app, browser)
    await note()
    for (const answer of [
      status(500),
      json({ access_token: 'CANARY-1' }),
      status(400, { error: 'CANARY-2', error_description: 'CANARY-3' }),
      status(400, { error: 'invalid_grant' }),
    ]) {
      pass(LIFE + 1)
      provider.answer('token', answer)
      await askToken(app, browser)
    }
    expect(events.filter(({ name }) => name.startsWith('tokens.'))).toHaveLength(5)
    const errors = events.flatMap(({ message }) => (message['error'] as OidcError | undefined) ?? [])
    const shown = inspect([events, errors, app.log, app.rp.status()], {
      depth: 12,
      showHidden: true,
      maxStringLength: null,
    })
    expect(secrets.filter(secret => typeof secret === 'string')).toHaveLength(6)
    for (const secret of [...secrets, 'CANARY-1', 'CANARY-3']) expect(shown).not.toContain(String(secret))
  })
})
