import { describe, expect } from 'vitest'
import { Browser } from '../../support/browser.ts'
import { pass, setClock, stopClock } from '../../support/clock.ts'
import { asProgram, test as base, expectSignIn } from '../../support/flow.ts'
import { json, type ScriptedProvider, status } from '../../support/scripted-provider.ts'
import { CountingStore, held, userInfoApp } from '../../support/tokens/user-info.ts'

const test = base.extend('sessions', () => new CountingStore())

const EVERY = 300
const HOUR = 3_600_000
const AGO = EVERY * 1_000 + 1
const required = { userInfo: { when: { every: EVERY } } }
const bestEffort = { userInfo: { ...required.userInfo, required: false } }

stopClock()

const asked = (provider: ScriptedProvider): number => provider.requestsTo('userinfo').length

describe('a UserInfo that has become old', () => {
  test('is got again, once, and its changes are kept', async ({ provider, start, browser, sessions }) => {
    const app = await start(userInfoApp(sessions, required))
    await expectSignIn({ app, browser })
    provider.user = { ...provider.user, name: 'Una Married' }
    pass(AGO - 2_000)
    expect(await app.userOf(browser)).toMatchObject({ name: 'Una User' })
    const { writes } = sessions
    expect([asked(provider), writes]).toEqual([1, writes])
    pass(2_000)
    expect(await app.userOf(browser)).toMatchObject({ name: 'Una Married' })
    expect(await app.userOf(browser)).toMatchObject({ name: 'Una Married' })
    expect([asked(provider), sessions.writes]).toEqual([2, writes + 1])
    pass(AGO)
    await app.userOf(browser)
    expect(asked(provider)).toBe(3)
  })

  test('that has not changed writes nothing, and is not got at each request', async ({
    provider,
    start,
    browser,
    sessions,
  }) => {
    const app = await start(userInfoApp(sessions, required))
    await expectSignIn({ app, browser })
    const { writes } = sessions
    for (const round of [2, 3]) {
      pass(AGO)
      for (let count = 0; count < 3; count += 1) await app.userOf(browser)
      expect([asked(provider), sessions.writes]).toEqual([round, writes])
    }
  })

  test('is got once for requests at the same time', async ({ provider, start, browser, sessions }) => {
    const app = await start(userInfoApp(sessions, required))
    await expectSignIn({ app, browser })
    const { writes } = sessions
    provider.user = { ...provider.user, name: 'Una Married' }
    const answer = held(provider.usualAnswer('userinfo'))
    provider.answer('userinfo', answer.answer)
    pass(AGO)
    const users = Array.from({ length: 5 }, () => app.userOf(browser))
    await answer.asked
    answer.release()
    for (const user of await Promise.all(users)) expect(user).toMatchObject({ name: 'Una Married' })
    expect([asked(provider), sessions.writes]).toEqual([2, writes + 1])
  })

  test.for([
    ['23 hours is got again at once', 23 * HOUR, 3],
    ['four minutes is not', 240_000, 2],
  ] as const)(
    'and was got by a clock that was ahead by %s',
    async ([, ahead, times], { provider, start, browser, sessions }) => {
      const userInfo = { when: { every: 24 * 3_600 } }
      provider.tokenResponse = body => ({ ...body, expires_in: 7 * 24 * 3_600 })
      const app = await start(userInfoApp(sessions, { userInfo, absoluteLifetime: 7 * 24 * 3_600 }))
      await expectSignIn({ app, browser })
      provider.user = { ...provider.user, name: 'Una Married' }
      pass(24 * HOUR - ahead)
      setClock(ahead)
      expect(await app.userOf(browser)).toMatchObject({ name: 'Una Married' })
      setClock(-ahead)
      for (let count = 0; count < 3; count += 1) await app.userOf(browser)
      expect(asked(provider)).toBe(times)
    },
  )

  test('is no matter for visitors and for the routes of the library', async ({
    provider,
    start,
    browser,
    sessions,
  }) => {
    const app = await start(userInfoApp(sessions, required))
    await expectSignIn({ app, browser })
    provider.answer('userinfo', status(500))
    pass(AGO)
    expect(await app.userOf(new Browser())).toBeNull()
    expect((await browser.open(`${app.url}/logout`)).status).toBe(200)
    expect([asked(provider), await app.userOf(browser)]).toEqual([1, null])
  })

  test('is done without where the provider has none', async ({ provider, start, browser, sessions }) => {
    provider.metadata.userinfo_endpoint = undefined
    const app = await start(userInfoApp(sessions, required))
    await expectSignIn({ app, browser })
    pass(AGO)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })
})

describe('when the provider no longer stands by the login', () => {
  test('required sends the user to sign in again', async ({ provider, start, browser, sessions }) => {
    const app = await start(userInfoApp(sessions, required))
    await expectSignIn({ app, browser })
    provider.answer('userinfo', status(401))
    pass(AGO)
    expect(await app.userOf(browser)).toBeNull()
    expect((await browser.open(`${app.url}/private`, asProgram)).status).toBe(401)
    expect(asked(provider)).toBe(2)
    provider.answer('userinfo', undefined)
    await expectSignIn({ app, browser })
    expect(provider.requestsTo('authorize')).toHaveLength(2)
  })

  test('required ends with the access token', async ({ provider, start, browser, sessions }) => {
    provider.tokenResponse = body => ({ ...body, expires_in: 60 })
    const app = await start(userInfoApp(sessions, required))
    await expectSignIn({ app, browser })
    pass(AGO)
    expect(await app.userOf(browser)).toBeNull()
    expect(asked(provider)).toBe(1)
    await expectSignIn({ app, browser })
  })

  test('best effort lets an access token end', async ({ provider, start, browser, sessions }) => {
    const app = await start(userInfoApp(sessions, bestEffort))
    await expectSignIn({ app, browser })
    provider.answer('userinfo', status(401))
    pass(AGO)
    expect(await app.userOf(browser)).toMatchObject({ name: 'Una User' })
  })

  test.for([required, bestEffort])(
    'another user is refused (%o)',
    async (options, { provider, start, browser, sessions }) => {
      const app = await start(userInfoApp(sessions, options))
      await expectSignIn({ app, browser })
      provider.answer('userinfo', json({ sub: 'user-2', name: 'Somebody Else' }))
      pass(AGO)
      expect(await app.userOf(browser)).toBeNull()
      expect((await browser.open(`${app.url}/private`, asProgram)).status).toBe(401)
      provider.answer('userinfo', undefined)
      await expectSignIn({ app, browser })
    },
  )
})
