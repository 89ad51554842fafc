import { describe, expect } from 'vitest'
import type { TestApp } from '../../support/app.ts'
import type { Browser } from '../../support/browser.ts'
import { pass, stopClock } from '../../support/clock.ts'
import { type ScriptedProvider, status } from '../../support/scripted-provider.ts'
import { ENDED, expectEnded, LIFE, test } from '../../support/tokens/token-flow.ts'
import { askToken } from '../../support/tokens/token-routes.ts'

stopClock()

/** The newest ID token of the login is the hint of its sign-out. */
async function hintOf(app: TestApp, browser: Browser): Promise<string | null> {
  const page = await browser.post(`${app.url}/logout`, {}, { follow: false })
  return new URL(page.headers.get('location') ?? '').searchParams.get('id_token_hint')
}

describe('the ID token of a refresh', () => {
  const claims: readonly (readonly [string, object])[] = [
    ['sub', { sub: 'user-2' }],
    ['iss', { iss: 'https://other.example' }],
    ['aud', { aud: 'another-client' }],
    ['azp', { azp: 'another-client' }],
    ['auth_time', { auth_time: 1 }],
    ['sid', { sid: 'another-session' }],
    ['nonce', { nonce: 'another-nonce' }],
    ['exp', { exp: 1 }],
    ['exp that is impossible', { exp: 1e300 }],
    ['iat that is impossible', { iat: 1e300 }],
    ['a logout event', { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }],
  ]

  test.for(claims)('with another %s ends the login', async ([, change], { provider, app, browser, kept }) => {
    provider.idToken = (usual, header) => ({ claims: { ...usual, ...change }, header })
    pass(LIFE + 1)
    expect(await askToken(app, browser)).toEqual(ENDED)
    provider.idToken = (usual, header) => ({ claims: usual, header })
    await expectEnded(app, browser, await kept.tokens())
  })

  test.for(claims)(
    'with another %s and no signature that can be verified carries nothing in, and the login goes on',
    async ([, change], { provider, app, browser, kept }) => {
      const before = (await kept.tokens())?.['idToken']
      provider.idToken = (usual, header) => ({
        claims: { ...usual, ...change },
        header: { ...header, kid: 'unknown' },
      })
      pass(LIFE + 1)
      expect((await askToken(app, browser)).status).toBe(200)
      expect((await kept.tokens())?.['idToken']).toBe(before)
      expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
      expect(provider.requestsTo('revoke')).toHaveLength(0)
    },
  )

  test('that is about somebody else has its tokens revoked', async ({ provider, app, browser }) => {
    provider.idToken = (usual, header) => ({ claims: { ...usual, sub: 'user-2' }, header })
    let given: unknown[] = []
    provider.tokenResponse = body => {
      given = [body.refresh_token, body.access_token]
      return body
    }
    pass(LIFE + 1)
    expect(await askToken(app, browser)).toEqual(ENDED)
    const revoked = provider.requestsTo('revoke').map(({ body }) => new URLSearchParams(body).get('token'))
    expect(revoked).toEqual(given)
  })

  test('that is right becomes the hint of the sign-out', async ({ app, browser, kept }) => {
    const before = (await kept.tokens())?.['idToken']
    pass(LIFE + 1)
    expect((await askToken(app, browser)).status).toBe(200)
    const newest = (await kept.tokens())?.['idToken']
    expect(newest).not.toBe(before)
    expect(await hintOf(app, browser)).toBe(newest)
  })

  test.for([
    [
      'has no signature that can be verified',
      (provider: ScriptedProvider) => {
        provider.idToken = (usual, header) => ({ claims: usual, header: { ...header, kid: 'unknown' } })
      },
    ],
    [
      'cannot be verified while the keys cannot be had',
      (provider: ScriptedProvider): Promise<unknown> => {
        provider.answer('jwks', status(500))
        return provider.rotateKeys({ keepOld: false })
      },
    ],
  ] as const)(
    'that %s is not taken, and the login goes on',
    async ([, spoil], { provider, app, browser, kept }) => {
      const before = (await kept.tokens())?.['idToken']
      await spoil(provider)
      pass(LIFE + 1)
      expect((await askToken(app, browser)).status).toBe(200)
      expect((await kept.tokens())?.['idToken']).toBe(before)
      expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
      expect(await hintOf(app, browser)).toBe(before)
    },
  )
})
