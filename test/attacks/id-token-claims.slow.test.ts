import { describe, expect } from 'vitest'
import { publishKey, signRaw } from '../support/attacks/forged-tokens.ts'
import { Browser } from '../support/browser.ts'
import { expectRefusedSignIn, expectSignIn, test } from '../support/flow.ts'
import type { ScriptedProvider } from '../support/scripted-provider.ts'

const INVALID = [400, 'ERR_OIDC_ID_TOKEN_INVALID'] as const
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** Its last second. */
const YEAR_9999 = 253_402_300_799

type Claims = Parameters<ScriptedProvider['idToken']>[0]

const now = (): number => Math.floor(Date.now() / 1_000)

const bad: readonly (readonly [string, (claims: Claims) => object])[] = [
  ['with an aud that is a part of its own', ({ aud }) => ({ aud: String(aud).slice(0, -1) })],
  ['with an aud that begins like its own', ({ aud }) => ({ aud: `${String(aud)}x` })],
  ['with its own aud in another list', ({ aud }) => ({ aud: [[aud]] })],
  ['with a number as aud', () => ({ aud: 7 })],
  ['with a list as iss', ({ iss }) => ({ iss: [iss] })],
  ['with a list as azp', ({ aud }) => ({ azp: [aud] })],
  ['with an exp that is just over', () => ({ exp: now() - 31 })],
  ['with an exp before 1970', () => ({ exp: -1 })],
  ['with a list as exp', ({ exp }) => ({ exp: [exp] })],
  ['with null as exp', () => ({ exp: null })],
  ['with an exp in the year 10000', () => ({ exp: YEAR_9999 + 1 })],
  ['with an exp in milliseconds', ({ exp }) => ({ exp: exp * 1_000 })],
  ['with an exp far ahead', () => ({ exp: 1e300 })],
  ['with an iat that is not yet', () => ({ iat: now() + 33 })],
  ['with text as iat', ({ iat }) => ({ iat: String(iat) })],
  ['with an iat far ahead', () => ({ iat: 1e300 })],
  ['with an iat before 1970', () => ({ iat: -1 })],
  ['with an nbf that is not yet', () => ({ nbf: now() + 33 })],
  ['with text as nbf', () => ({ nbf: String(now()) })],
  ['with an nbf far ahead', () => ({ nbf: 1e300 })],
  ['with an nbf in milliseconds', ({ iat }) => ({ nbf: iat * 1_000 })],
  ['with an auth_time that is not yet', () => ({ auth_time: now() + 33 })],
  ['with an auth_time in the year 9999', () => ({ auth_time: YEAR_9999 })],
  ['with an auth_time in milliseconds', ({ iat }) => ({ auth_time: iat * 1_000 })],
  ['with an auth_time far ahead', () => ({ auth_time: 1e300 })],
  ['with a list as nonce', ({ nonce }) => ({ nonce: [nonce] })],
  ['with a number as nonce', () => ({ nonce: 7 })],
  ['with its nonce in another case', ({ nonce }) => ({ nonce: swapped(String(nonce)) })],
  ['with the beginning of its nonce', ({ nonce }) => ({ nonce: String(nonce).slice(0, -1) })],
  ['with null as nonce', () => ({ nonce: null })],
  ['with the hash of another access token', () => ({ at_hash: 'A'.repeat(22) })],
  [
    'with a part of the hash of its access token',
    ({ at_hash }) => ({ at_hash: String(at_hash).slice(0, 10) }),
  ],
  ['with a number as hash', () => ({ at_hash: 7 })],
  ['with an empty hash', () => ({ at_hash: '' })],
  ['with NUL in its sub', () => ({ sub: 'user-1\0' })],
  ['with a line end in its sub', () => ({ sub: 'user-1\n' })],
  ['with a list as sub', () => ({ sub: ['user-1'] })],
  ['with a logout event and a nonce', () => ({ events: { [LOGOUT_EVENT]: {} }, jti: 'j' })],
]

const swapped = (text: string): string =>
  text.replace(/[a-z]/i, letter =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  )

describe('an ID token', () => {
  test.for(bad)('%s signs nobody in', async ([, change], { provider, app, browser }) => {
    provider.idToken = (claims, header) => ({ claims: { ...claims, ...change(claims) }, header })
    await expectRefusedSignIn(INVALID, { provider, app, browser })
  })

  test.for(['logout+jwt', 'at+jwt', 'application/at+jwt', 'secevent+jwt', 'dpop+jwt', 'JWT; x'])(
    'of the type %s signs nobody in',
    async (typ, { provider, app, browser }) => {
      provider.idToken = (claims, header) => ({ claims, header: { ...header, typ } })
      await expectRefusedSignIn(INVALID, { provider, app, browser })
    },
  )

  test('that is an access token without a type signs nobody in', async ({ provider, app, browser }) => {
    provider.idToken = ({ nonce: _, at_hash: __, ...claims }, header) => ({
      claims: { ...claims, client_id: claims.aud, scope: 'openid', jti: 'j' },
      header,
    })
    await expectRefusedSignIn(INVALID, { provider, app, browser })
  })

  test.for([
    ['with an exp that is no whole number', ({ exp }: Claims) => ({ exp: exp + 0.5 })],
    ['with an exp at the end of the year 9999', () => ({ exp: YEAR_9999 })],
    ['whose user authenticates in half a minute', () => ({ auth_time: now() + 28 })],
    ['without a hash', () => ({ at_hash: undefined })],
  ] as const)('%s signs the user in', async ([, change], { provider, app, browser }) => {
    provider.idToken = (claims, header) => ({ claims: { ...claims, ...change(claims) }, header })
    await expectSignIn({ app, browser })
  })

  test('whose sub differs in case is another user', async ({ provider, start }) => {
    const app = await start({ relyingParty: { userInfo: { when: 'lazily' } } })
    const subs = []
    for (const sub of ['Alice', 'alice', 'Ａlice', 'alice ']) {
      const browser = new Browser()
      provider.idToken = (claims, header) => ({ claims: { ...claims, sub }, header })
      await browser.open(`${app.url}/private`)
      subs.push((await app.userOf(browser))?.['sub'])
    }
    expect(subs).toEqual(['Alice', 'alice', 'Ａlice', 'alice '])
  })

  test('that is no UTF-8 signs nobody in', async ({ provider, app, browser }) => {
    provider.idToken = (claims, header) => {
      const text = Buffer.from(JSON.stringify({ ...claims, locale: '?' }))
      text[text.lastIndexOf('?')] = 0xff
      return signRaw(publishKey(provider), { ...header, kid: 'published' }, text)
    }
    await expectRefusedSignIn(INVALID, { provider, app, browser })
  })

  test('that says two things about one claim is read the same way each time', async ({ provider, app }) => {
    const subs = new Set<unknown>()
    provider.idToken = (claims, header) => {
      const text = JSON.stringify(claims).replace('{', '{"sub":"first",')
      return signRaw(publishKey(provider), { ...header, kid: 'published' }, text)
    }
    for (let count = 0; count < 5; count += 1) {
      const browser = new Browser()
      await browser.open(`${app.url}/private`)
      subs.add((await app.userOf(browser))?.['sub'])
    }
    expect([...subs]).toEqual(['user-1'])
  })

  test.for([
    ['a padded signature', (token: string) => `${token}==`],
    ['a space in its signature', (token: string) => `${token.slice(0, -5)} ${token.slice(-5)}`],
    ['a line end behind it', (token: string) => `${token}\n`],
    ['the other alphabet', (token: string) => token.replace(/-/g, '+').replace(/_/g, '/')],
    [
      'other bits behind its last byte',
      (token: string) => token.replace(/.$/, last => String.fromCharCode(last.charCodeAt(0) + 1)),
    ],
    ['a byte more', (token: string) => `${token}AA`],
  ] as const)('with %s signs nobody in, or the same user', async ([, change], { provider, app, browser }) => {
    provider.idToken = async (claims, header) => change(await provider.sign(claims, header))
    const page = await browser.open(`${app.url}/private`)
    const user = await app.userOf(browser)
    expect([
      [400, undefined],
      [200, 'user-1'],
    ]).toContainEqual([page.status, user?.['sub']])
    provider.behave()
    await expectSignIn({ app, browser: new Browser() })
  })
})
