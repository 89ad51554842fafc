import { inspect } from 'node:util'
import { describe, expect } from 'vitest'
import type { OidcError } from '../../../src/index.ts'
import { pass, stopClock, until } from '../../support/clock.ts'
import { expectSignIn } from '../../support/flow.ts'
import { json, status } from '../../support/scripted-provider.ts'
import { ENDED, expectEnded, LIFE, offline, refreshesAt, test } from '../../support/tokens/token-flow.ts'
import { askToken } from '../../support/tokens/token-routes.ts'

stopClock()

describe('a sign-out during a refresh', () => {
  test('wins: the new tokens are kept nowhere, and revoked', async ({ provider, app, browser, kept }) => {
    let release = (): void => undefined
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    let newest: unknown[] = []
    provider.tokenResponse = async body => {
      newest = [body.refresh_token, body.access_token]
      await held
      return body
    }
    pass(LIFE + 1)
    const asking = askToken(app, browser)
    await until(() => newest.length > 0)
    await browser.post(`${app.url}/logout`, {}, { follow: false })
    release()
    expect(await asking).toEqual({ status: 401, error: 'ERR_OIDC_UNAUTHENTICATED' })
    expect(await kept.tokens()).toBeUndefined()
    expect(provider.requestsTo('revoke').map(({ body }) => new URLSearchParams(body).get('token'))).toEqual(
      newest,
    )
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
    expect(refreshesAt(provider)).toHaveLength(0)
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
    expect(refreshesAt(provider)).toHaveLength(0)
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
    expect(refreshesAt(provider)).toHaveLength(1)
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
    expect(refreshesAt(provider)).toHaveLength(1)
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
      status(400, { error: 'CANARY-2', error_description: 'eyJhbGciOiJub25lIn0.CANARY-3.' }),
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
