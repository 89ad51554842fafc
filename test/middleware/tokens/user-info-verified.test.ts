import { describe, expect } from 'vitest'
import type { TestApp } from '../../support/app.ts'
import type { Browser } from '../../support/browser.ts'
import { pass, stopClock } from '../../support/clock.ts'
import { test as base, expectSignIn } from '../../support/flow.ts'
import { distributed } from '../../support/guards/claims-elsewhere.ts'
import { json, type ScriptedProvider } from '../../support/scripted-provider.ts'
import { CountingStore, userInfoApp } from '../../support/tokens/user-info.ts'

const EVERY = 300

stopClock()

type User = Record<string, unknown> | null
type Change = (provider: ScriptedProvider, userInfo: object) => void

const changeUserInfo: Change = (provider, userInfo) =>
  provider.answer('userinfo', json({ sub: 'user-1', ...userInfo }))

/** How UserInfo with these claims comes to a login. */
const ways: readonly [string, (set: Setup, userInfo: object) => Promise<void>][] = [
  [
    'at the sign-in',
    async ({ provider, app, browser }, userInfo) => {
      changeUserInfo(provider, userInfo)
      await expectSignIn({ app, browser })
    },
  ],
  [
    'when it has become old',
    async ({ provider, app, browser }, userInfo) => {
      changeUserInfo(provider, {})
      await expectSignIn({ app, browser })
      changeUserInfo(provider, userInfo)
      pass(EVERY * 1_000 + 1)
      await app.userOf(browser)
    },
  ],
  [
    'on request',
    async ({ provider, app, browser }, userInfo) => {
      changeUserInfo(provider, {})
      await expectSignIn({ app, browser })
      changeUserInfo(provider, userInfo)
      await browser.open(`${app.url}/info`)
    },
  ],
]

interface Setup {
  readonly provider: ScriptedProvider
  readonly app: TestApp
  readonly browser: Browser
}

const test = base.extend(
  'app',
  ({ start }): Promise<TestApp> =>
    start(userInfoApp(new CountingStore(), { userInfo: { when: { every: EVERY } } })),
)

function say(provider: ScriptedProvider, more: object): void {
  provider.idToken = (claims, header) => ({ claims: { ...claims, ...more }, header })
}

describe.for([
  ['email', 'email_verified', 'a@x.test', 'b@y.test'],
  ['phone_number', 'phone_number_verified', '+1 425 555 1212', '+49 30 123456'],
] as const)('%s', ([address, flag, first, second]) => {
  describe.for(ways)('that UserInfo changes %s', ([, take]) => {
    const seen = async (setup: Setup, userInfo: object): Promise<unknown[]> => {
      say(setup.provider, { [address]: first, [flag]: true })
      await take(setup, userInfo)
      const user: User = await setup.app.userOf(setup.browser)
      return [user?.[address], user?.[flag]]
    }

    test.for([undefined, null, '', 'no'])(
      'is not verified because the other one was: %s',
      async (value, { provider, app, browser }) => {
        const setup = { provider, app, browser }
        expect(await seen(setup, { [address]: second, [flag]: value })).toEqual([second, undefined])
      },
    )

    test('is as verified as UserInfo says', async ({ provider, app, browser }) => {
      const setup = { provider, app, browser }
      expect(await seen(setup, { [address]: second, [flag]: true })).toEqual([second, true])
    })

    test('stays verified if it is the same', async ({ provider, app, browser }) => {
      const setup = { provider, app, browser }
      expect(await seen(setup, { [address]: first, name: 'Una' })).toEqual([first, true])
      expect((await app.userOf(browser))?.['name']).toBe('Una')
    })
  })
})

test('an address from elsewhere is not verified because the provider says so of another', async ({
  provider,
  start,
  browser,
}) => {
  say(provider, { ...distributed, _claim_names: { email: 'src1' }, email_verified: true })
  const app = await start({ relyingParty: { resolveClaims: () => ({ email: 'c@z.test' }) } })
  changeUserInfo(provider, {})
  await expectSignIn({ app, browser })
  const user = await app.userOf(browser)
  expect([user?.['email'], user?.['email_verified']]).toEqual(['c@z.test', undefined])
})
