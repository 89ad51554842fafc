import { describe, expect } from 'vitest'
import { expectRefusedSignIn, expectSignIn, test } from '../../support/flow.ts'
import type { ScriptedProvider } from '../../support/scripted-provider.ts'

const INVALID = [400, 'ERR_OIDC_ID_TOKEN_INVALID'] as const
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const MINUTE = 60

type Hook = ScriptedProvider['idToken']
type Claims = Parameters<Hook>[0]
type Change = (claims: Claims) => object

const now = (): number => Math.floor(Date.now() / 1000)

/** Each differs from a good token by one claim; `undefined` leaves it out. */
const badClaims: readonly (readonly [string, Change])[] = [
  ['of another issuer', () => ({ iss: 'https://other.example' })],
  ['with a slash more in iss', ({ iss }) => ({ iss: `${String(iss)}/` })],
  ['without iss', () => ({ iss: undefined })],
  ['for another audience', () => ({ aud: 'somebody-else' })],
  ['for other audiences', () => ({ aud: ['one', 'two'] })],
  ['for no audience', () => ({ aud: [] })],
  ['without aud', () => ({ aud: undefined })],
  ['for one more audience, without azp', ({ aud }) => ({ aud: [aud, 'somebody-else'] })],
  ['for one more audience, with its azp', ({ aud }) => ({ aud: [aud, 'else'], azp: 'else' })],
  ['for one more audience, with azp', ({ aud }) => ({ aud: [aud, 'else'], azp: aud })],
  ['with the azp of another client', () => ({ azp: 'somebody-else' })],
  ['that has expired', () => ({ exp: now() - MINUTE })],
  ['without exp', () => ({ exp: undefined })],
  ['with exp as a string', ({ exp }) => ({ exp: String(exp) })],
  ['from the future', () => ({ iat: now() + 2 * MINUTE })],
  ['that is too old', () => ({ iat: now() - 9 * MINUTE })],
  ['without iat', () => ({ iat: undefined })],
  ['that is not valid yet', () => ({ nbf: now() + 2 * MINUTE })],
  ['whose user authenticates in a minute', () => ({ auth_time: now() + MINUTE })],
  ['with another nonce', () => ({ nonce: 'another' })],
  ['with an empty nonce', () => ({ nonce: '' })],
  ['without nonce', () => ({ nonce: undefined })],
  ['without sub', () => ({ sub: undefined })],
  ['with an empty sub', () => ({ sub: '' })],
  ['with a sub of 256 characters', () => ({ sub: 's'.repeat(256) })],
  ['with a number as sub', () => ({ sub: 7 })],
  ['with a logout event', () => ({ events: { [LOGOUT_EVENT]: {} } })],
  ['with a number as sid', () => ({ sid: 7 })],
  ['with an empty sid', () => ({ sid: '' })],
  ['with a sid that no logout could name', () => ({ sid: 's'.repeat(2_049) })],
  ['with a control character in sid', () => ({ sid: 'a\u0000b' })],
]

const goodClaims: readonly (readonly [string, Change])[] = [
  ['as it is', () => ({})],
  ['for a list of one audience', ({ aud }) => ({ aud: [aud] })],
  ['from a clock that is 20 seconds ahead', () => ({ iat: now() + 20, nbf: now() + 20 })],
  ['whose iat is set 5 minutes back', () => ({ iat: now() - 5 * MINUTE })],
  ['whose user authenticated after such an iat', () => ({ iat: now() - 5 * MINUTE, auth_time: now() + 20 })],
  ['without sid', () => ({ sid: undefined })],
  ['with a long sid', () => ({ sid: 's'.repeat(2_048) })],
  ['with claims that nobody knows', () => ({ events: { 'https://x.example': {} }, vendor: { a: [1] } })],
]

describe('an ID token', () => {
  test.for(badClaims)('%s signs nobody in', async ([, change], { provider, app, browser }) => {
    provider.idToken = (claims, header) => ({ claims: { ...claims, ...change(claims) }, header })
    await expectRefusedSignIn(INVALID, { provider, app, browser }, () =>
      expect(provider.requestsTo('userinfo')).toHaveLength(0),
    )
  })

  test.for(goodClaims)('%s signs the user in', async ([, change], { provider, app, browser }) => {
    provider.idToken = (claims, header) => ({ claims: { ...claims, ...change(claims) }, header })
    await expectSignIn({ app, browser })
  })

  test('with a sub of 255 characters signs the user in', async ({ provider, app, browser }) => {
    provider.user = { sub: 's'.repeat(255) }
    expect((await browser.open(`${app.url}/private`)).status).toBe(200)
    expect(await app.userOf(browser)).toMatchObject({ sub: 's'.repeat(255) })
  })
})
