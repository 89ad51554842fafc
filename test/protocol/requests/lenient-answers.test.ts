import { describe, expect } from 'vitest'
import { Browser } from '../../support/browser.ts'
import { expectRefusedSignIn, expectSignIn, test } from '../../support/flow.ts'
import { json, type ScriptedProvider, status } from '../../support/scripted-provider.ts'

const OTHER_USER = [400, 'ERR_OIDC_USER_INFO_INVALID'] as const
const good = { sub: 'user-1', email: 'una@example.test', email_verified: true }

interface Row {
  readonly idToken?: object
  readonly userInfo: object
  readonly user: object
}

/** What a provider says about a user, and what the app sees. */
const readings: readonly (readonly [string, Row])[] = [
  // providers.md, Amazon Cognito
  [
    'booleans as text',
    {
      userInfo: { email_verified: 'true', phone_number_verified: 'false' },
      user: { email_verified: true, phone_number_verified: false },
    },
  ],
  // providers.md, Apple
  [
    'a boolean as text in the ID token',
    { idToken: { email_verified: 'false' }, userInfo: {}, user: { email_verified: false } },
  ],
  ['a boolean as a number', { userInfo: { email_verified: 1 }, user: { email_verified: true } }],
  ['a boolean as "1"', { userInfo: { email_verified: '1' }, user: { email_verified: true } }], // providers.md, Entra
  // providers.md, Login.gov
  ['null', { userInfo: { verified_at: null }, user: { verified_at: undefined } }],
  [
    'null for what the ID token says',
    { idToken: good, userInfo: { email: null, email_verified: null }, user: good },
  ],
  [
    'empty text for what the ID token says',
    { idToken: good, userInfo: { email: '', email_verified: '' }, user: good },
  ],
  [
    'no boolean at all for what the ID token says',
    {
      idToken: { email_verified: false },
      userInfo: { email_verified: 'yes' },
      user: { email_verified: false },
    },
  ],
  ['no boolean at all', { userInfo: { email_verified: 'no' }, user: { email_verified: undefined } }],
  ['a time as text', { userInfo: { updated_at: '1764000000' }, user: { updated_at: 1_764_000_000 } }],
  // providers.md, Auth0 and Salesforce
  [
    'a date',
    {
      userInfo: { updated_at: '2026-11-28T10:00:00.000Z' },
      user: { updated_at: '2026-11-28T10:00:00.000Z' },
    },
  ],
]

function say(provider: ScriptedProvider, { idToken = {}, userInfo }: Row): void {
  provider.idToken = (claims, header) => ({ claims: { ...claims, ...idToken }, header })
  provider.answer('userinfo', json({ sub: 'user-1', ...userInfo }))
}

describe('claims that hold', () => {
  test.concurrent.for(readings)(
    '%s are read as they are meant',
    async ([, row], { provider, app, browser }) => {
      say(provider, row)
      await expectSignIn({ app, browser })
      const user = await app.userOf(browser)
      expect(Object.fromEntries(Object.keys(row.user).map(name => [name, user?.[name]]))).toEqual(row.user)
    },
  )
})

describe('UserInfo that is read softly', () => {
  test.concurrent.for([
    ['another user', { sub: 'user-2', email_verified: 'true' }],
    ['a number as sub', { sub: 1, email_verified: 'true' }],
    ['a list as sub', { sub: ['user-1'] }],
    ['null as sub', { sub: null, email_verified: 'true' }],
    ['an empty sub', { sub: '' }],
  ] as const)('still refuses %s', async ([, answer], { provider, app, browser }) => {
    provider.answer('userinfo', json(answer))
    await expectRefusedSignIn(OTHER_USER, { provider, app, browser })
  })

  test('cannot be a number that looks like the sub of the ID token', async ({ provider, app, browser }) => {
    provider.idToken = (claims, header) => ({ claims: { ...claims, sub: '7' }, header })
    provider.answer('userinfo', json({ sub: 7 }))
    await expectRefusedSignIn(OTHER_USER, { provider, app, browser })
  })
})

test.for(['token', 'userinfo'] as const)(
  'a challenge in an answer of success of %s is ignored, and in a refusal it is not', // providers.md, FusionAuth
  async (endpoint, { provider, app, browser }) => {
    const usual = provider.usualAnswer(endpoint)
    provider.answer(endpoint, (request, response) => {
      response.setHeader('www-authenticate', 'Basic realm="op"')
      return usual(request, response)
    })
    await expectSignIn({ app, browser })
    provider.answer(endpoint, status(401, { error: 'invalid_token' }))
    const other = new Browser()
    expect((await other.open(`${app.url}/private`)).status).toBeGreaterThanOrEqual(400)
    expect(await app.userOf(other)).toBeNull()
  },
)
