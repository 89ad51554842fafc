import { describe, expect } from 'vitest'
import type { TestApp } from '../../support/app.ts'
import { startReplicas } from '../../support/apps/replicas.ts'
import { pass, stopClock, until } from '../../support/clock.ts'
import { LIFE, offline, refreshesAt, test } from '../../support/tokens/token-flow.ts'
import { askToken } from '../../support/tokens/token-routes.ts'

stopClock()

describe('the access token', () => {
  test('is given out without a request while it is valid', async ({ provider, app, browser, kept }) => {
    const answer = await askToken(app, browser)
    expect(answer).toEqual({ status: 200, token: (await kept.tokens())?.['accessToken'] })
    pass(LIFE - 61_000)
    expect(await askToken(app, browser)).toEqual(answer)
    expect(refreshesAt(provider)).toEqual([])
  })

  test('is renewed when it has expired, each time by the newest refresh token', async ({
    provider,
    app,
    browser,
    events,
    kept,
  }) => {
    const tokens = [(await askToken(app, browser)).token]
    const refreshTokens = [(await kept.tokens())?.['refreshToken']]
    for (const round of [1, 2, 3]) {
      pass(LIFE + 1)
      tokens.push((await askToken(app, browser)).token)
      refreshTokens.push((await kept.tokens())?.['refreshToken'])
      expect(refreshesAt(provider)).toHaveLength(round)
    }
    expect(new Set(tokens).size).toBe(4)
    expect(refreshesAt(provider).map(form => form.get('refresh_token'))).toEqual(refreshTokens.slice(0, 3))
    expect(refreshesAt(provider).map(form => form.get('scope'))).toEqual([null, null, null])
    expect(await kept.tokens()).not.toHaveProperty('attempt')
    expect(events.filter(({ name }) => name === 'tokens.refreshed')).toHaveLength(3)
  })

  test('tells the directory of sessions when it was renewed', async ({ app, browser }) => {
    const sub = String((await app.userOf(browser))?.['sub'])
    const listed = async (): Promise<readonly number[]> => {
      const [session] = await app.rp.sessions.of(sub)
      return session ? [session.startedAt.getTime(), session.refreshedAt.getTime()] : []
    }
    const [startedAt = 0] = await listed()
    expect(await listed()).toEqual([startedAt, startedAt])
    pass(LIFE + 1)
    await askToken(app, browser)
    expect(await listed()).toEqual([startedAt, startedAt + LIFE + 1])
  })

  test('keeps what the provider does not send anew', async ({ provider, app, browser, kept }) => {
    const before = await kept.tokens()
    provider.tokenResponse = ({ refresh_token: _, id_token: __, scope: ___, expires_in: ____, ...body }) =>
      body
    pass(LIFE + 1)
    const { token } = await askToken(app, browser)
    const { refreshToken, idToken, scope } = before ?? {}
    expect(await kept.tokens()).toMatchObject({ accessToken: token, refreshToken, idToken, scope })
    expect(await kept.tokens()).not.toHaveProperty('expiresAt')
  })

  test('is renewed once for all who ask together, at three replicas', async ({
    provider,
    start,
    kept,
    browser,
  }) => {
    const { relyingParty = {}, ...routes } = offline(kept.store)
    const apps = await startReplicas(options => start({ ...options, ...routes }), 3, {
      store: kept.store,
      relyingParty,
    })
    const [first] = apps
    await browser.open(`${first.url}/private`)
    pass(LIFE + 1)
    const asked = apps.flatMap((app: TestApp) => Array.from({ length: 20 }, () => askToken(app, browser)))
    const answers = await Promise.all(asked)
    expect(new Set(answers.map(({ token }) => token)).size).toBe(1)
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(refreshesAt(provider)).toHaveLength(1)
  })

  test('is renewed by one of the requests of a process, for which the others wait', async ({
    app,
    browser,
    kept,
  }) => {
    pass(LIFE + 1)
    let reads = 0
    kept.fault = operation => {
      if (operation === 'get') reads += 1
    }
    await Promise.all(Array.from({ length: 20 }, () => askToken(app, browser)))
    expect(reads).toBeLessThanOrEqual(20 + 2) // each once, then under the lease and when it is kept
  })

  test('is given out still in its last minute, and renewed in the background', async ({
    provider,
    app,
    browser,
    kept,
  }) => {
    const { token } = await askToken(app, browser)
    pass(LIFE - 59_000)
    let release = (): void => undefined
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    const usual = provider.usualAnswer('token')
    provider.answer('token', async (request, response) => {
      await held
      await usual(request, response)
    })
    expect(await askToken(app, browser)).toEqual({ status: 200, token })
    await until(() => refreshesAt(provider).length === 1)
    expect(await askToken(app, browser)).toEqual({ status: 200, token })
    release()
    await until(async () => (await kept.tokens())?.['accessToken'] !== token)
    expect((await askToken(app, browser)).token).toBe((await kept.tokens())?.['accessToken'])
    expect(refreshesAt(provider)).toHaveLength(1)
  })

  test('is renewed before, when it must be valid for longer', async ({ provider, app, browser }) => {
    const { token } = await askToken(app, browser)
    pass(LIFE - 1_000_000)
    expect(await askToken(app, browser, '?minValidity=900')).toEqual({ status: 200, token })
    expect(refreshesAt(provider)).toHaveLength(0)
    expect((await askToken(app, browser, '?minValidity=1100')).token).not.toBe(token)
    expect(refreshesAt(provider)).toHaveLength(1)
  })

  test('is not renewed in the first half of its life, however long it must be valid', async ({
    provider,
    app,
    browser,
  }) => {
    const { token } = await askToken(app, browser)
    pass(LIFE / 2 - 1_000)
    expect(await askToken(app, browser, '?minValidity=1000000')).toEqual({ status: 200, token })
    expect(refreshesAt(provider)).toHaveLength(0)
    pass(2_000)
    expect((await askToken(app, browser, '?minValidity=1000000')).token).not.toBe(token)
  })

  test('that has no end is given out for as long as the login lasts', async ({
    provider,
    start,
    kept,
    browser,
  }) => {
    provider.tokenResponse = ({ expires_in: _, ...body }) => body
    const app = await start(offline(kept.store))
    await browser.open(`${app.url}/private`)
    const { token } = await askToken(app, browser)
    pass(7 * LIFE)
    expect(await askToken(app, browser)).toEqual({ status: 200, token })
    expect(refreshesAt(provider)).toHaveLength(0)
  })

  test('without refresh token is given out to its very end, and the login goes on after it', async ({
    provider,
    start,
    kept,
    browser,
  }) => {
    const app = await start(offline(kept.store, { scope: 'openid' }))
    await browser.open(`${app.url}/private`)
    const { token } = await askToken(app, browser)
    pass(LIFE - 1_000)
    expect(await askToken(app, browser)).toEqual({ status: 200, token })
    pass(2_000)
    expect(await askToken(app, browser)).toEqual({ status: 401, error: 'ERR_OIDC_UNAUTHENTICATED' })
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    expect(refreshesAt(provider)).toHaveLength(0)
  })

  test('is not given to anybody who is not signed in, or whose tokens are gone', async ({
    app,
    browser,
    kept,
  }) => {
    await kept.change(undefined)
    expect(await askToken(app, browser)).toEqual({ status: 401, error: 'ERR_OIDC_UNAUTHENTICATED' })
    await browser.post(`${app.url}/logout`, {})
    expect(await askToken(app, browser)).toEqual({ status: 401, error: 'ERR_OIDC_UNAUTHENTICATED' })
  })

  test('is kept only as long as the login can last', async ({ app, browser, kept }) => {
    pass(7 * LIFE)
    expect((await askToken(app, browser)).status).toBe(200)
    pass(LIFE + 1)
    expect(await kept.tokens()).toBeUndefined()
  })
})
