import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect } from 'vitest'
import { pass, stopClock } from '../../support/clock.ts'
import type { ScriptedHydra } from '../../support/scripted-hydra.ts'
import { ENDED, LIFE, offline, hydraTest as test } from '../../support/tokens/token-flow.ts'
import { askToken } from '../../support/tokens/token-routes.ts'

stopClock()

const refreshesAt = (hydra: ScriptedHydra): URLSearchParams[] =>
  hydra
    .requestsTo('token')
    .map(({ body }) => new URLSearchParams(body))
    .filter(form => form.get('grant_type') === 'refresh_token')

describe('at Hydra', () => {
  test('a refresh that must be repeated is, once, with the same token', async ({ hydra, app, browser }) => {
    pass(LIFE + 1)
    hydra.refreshConflicts = 1
    expect((await askToken(app, browser)).status).toBe(200)
    const [first, second, ...others] = refreshesAt(hydra).map(form => form.get('refresh_token'))
    expect([second, others]).toEqual([first, []])
  })

  test('one that must be repeated again and again ends no login', async ({ hydra, start, kept, browser }) => {
    const metadata = { token_endpoint_auth_method: 'client_secret_basic' as const }
    const app = await start({ issuer: hydra.issuer, ...offline(kept.store, { metadata }) })
    await browser.open(`${app.url}/private`)
    pass(LIFE + 1)
    hydra.refreshConflicts = 2
    expect(await askToken(app, browser)).toEqual({ status: 502, error: 'ERR_OIDC_REFRESH_REFUSED' })
    expect(refreshesAt(hydra)).toHaveLength(2)
    expect((await askToken(app, browser)).status).toBe(200)
  })

  test('a second use of a refresh token ends the login', async ({ hydra, app, browser, kept }) => {
    const before = await kept.tokens()
    pass(LIFE + 1)
    expect((await askToken(app, browser)).status).toBe(200)
    await kept.change(before)
    expect(await askToken(app, browser)).toEqual(ENDED)
    expect(await kept.tokens()).toEqual({ isOver: true })
    expect(await app.userOf(browser)).toBeNull()
    expect(refreshesAt(hydra)).toHaveLength(2)
  })

  test('nothing is renewed in the background: that would end the token that was just given out', async ({
    hydra,
    app,
    browser,
  }) => {
    const { token = '' } = await askToken(app, browser)
    pass(LIFE - 30_000)
    expect(await askToken(app, browser)).toEqual({ status: 200, token })
    expect(refreshesAt(hydra)).toHaveLength(0)
    const api = await fetch(`${hydra.issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } })
    expect(api.status).toBe(200)
    pass(21_000)
    expect((await askToken(app, browser)).token).not.toBe(token)
  })

  test('a token for less ends the one for all, which is renewed when it is needed', async ({
    hydra,
    app,
    browser,
  }) => {
    const { token } = await askToken(app, browser)
    const narrowed = await askToken(app, browser, '?scope=openid')
    expect(await askToken(app, browser, '?scope=openid')).toEqual(narrowed)
    const whole = await askToken(app, browser)
    expect(new Set([token, narrowed.token, whole.token]).size).toBe(3)
    expect((await askToken(app, browser, '?scope=openid')).token).not.toBe(narrowed.token)
    expect(refreshesAt(hydra)).toHaveLength(3)
  })

  test.for([true, false])(
    'the ID token of a refresh is verified under its old kid, with the old key published: %s',
    async (keepOld, { hydra, app, browser, kept }) => {
      const before = String((await kept.tokens())?.['idToken'])
      await hydra.rotateKeys({ keepOld })
      pass(60_000)
      pass(LIFE + 1)
      expect((await askToken(app, browser)).status).toBe(200)
      const newest = String((await kept.tokens())?.['idToken'])
      expect(newest).not.toBe(before)
      expect(decodeProtectedHeader(newest).kid).toBe(decodeProtectedHeader(before).kid)
      expect(decodeJwt(newest)['nonce']).toBe(decodeJwt(before)['nonce'])
      const page = await browser.post(`${app.url}/logout`, {}, { follow: false })
      expect(new URL(page.headers.get('location') ?? '').searchParams.get('id_token_hint')).toBe(newest)
    },
  )

  test('it is, too, when the keys were read a moment before they changed', async ({
    hydra,
    app,
    browser,
    kept,
  }) => {
    const before = (await kept.tokens())?.['idToken']
    await hydra.rotateKeys({ keepOld: true })
    expect((await askToken(app, browser, '?scope=openid')).status).toBe(200)
    expect((await kept.tokens())?.['idToken']).not.toBe(before)
  })

  test('an ID token that no key of Hydra has signed is not taken', async ({ hydra, app, browser, kept }) => {
    const before = (await kept.tokens())?.['idToken']
    const usual = hydra.usualAnswer('token')
    hydra.answer('token', async (request, response) => {
      const end = response.end.bind(response)
      Object.assign(response, {
        end: (body: string) => {
          const { id_token: idToken, ...rest } = JSON.parse(body)
          const forged = `${String(idToken).replace(/[^.]*$/, '')}${'A'.repeat(342)}`
          return end(JSON.stringify({ ...rest, ...(idToken && { id_token: forged }) }))
        },
      })
      response.removeHeader('content-length')
      await usual(request, response)
    })
    pass(LIFE + 1)
    expect((await askToken(app, browser)).status).toBe(200)
    expect((await kept.tokens())?.['idToken']).toBe(before)
  })
})
