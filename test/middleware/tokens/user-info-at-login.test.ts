import { describe, expect } from 'vitest'
import { hurry } from '../../support/clock.ts'
import {
  test as base,
  expectRefusal,
  expectRefusedSignIn,
  expectSignIn,
  locationOf,
  reachCallback,
} from '../../support/flow.ts'
import { hang, json, status } from '../../support/scripted-provider.ts'
import { CountingStore, userInfoApp } from '../../support/tokens/user-info.ts'
import { toldEvents } from '../../support/told-events.ts'

const test = base.extend('sessions', () => new CountingStore())

const stranger = { sub: 'user-2', name: 'Somebody Else' }

const silence = hang()
const limited = json({ ok: false, error: 'ratelimited' }) // as Slack answers

describe('a UserInfo that cannot be had at the sign-in', () => {
  test.for([
    ['status 500', status(500), 502, 'ERR_OIDC_USER_INFO_UNAVAILABLE'],
    ['status 401', status(401), 502, 'ERR_OIDC_ACCESS_TOKEN_REFUSED'],
    ['no object', json([]), 502, 'ERR_OIDC_USER_INFO_UNAVAILABLE'],
    ['an error with status 200', limited, 502, 'ERR_OIDC_USER_INFO_UNAVAILABLE'],
  ] as const)(
    '(%s) keeps the user out where it is required',
    async ([, answer, ...refusal], { provider, app, browser }) => {
      provider.answer('userinfo', answer)
      await expectRefusedSignIn(refusal, { provider, app, browser })
    },
  )

  test.for([
    ['status 500', status(500)],
    ['status 401', status(401)],
    ['no object', json([])],
    ['an error with status 200', limited],
    ['no answer', silence],
  ] as const)(
    '(%s) is done without as best effort, and told',
    async ([, answer], { provider, start, browser }) => {
      const events = toldEvents()
      const app = await start({ relyingParty: { userInfo: { required: false } } })
      await app.rp.ready()
      if (answer === silence) hurry()
      provider.answer('userinfo', answer)
      await expectSignIn({ app, browser })
      expect(await app.userOf(browser)).not.toHaveProperty('name')
      const failed = events.filter(({ name }) => name === 'userinfo.failed')
      expect(failed).toMatchObject([{ message: { issuer: provider.issuer, error: { name: 'OidcError' } } }])
      expect(app.log.join('\n')).toContain('UserInfo could not be fetched')
    },
  )
})

describe('a UserInfo of another user', () => {
  test.for([true, false])(
    'is refused (required: %s), and the login before stays',
    async (required, { provider, start, browser }) => {
      const app = await start({ relyingParty: { userInfo: { required } } })
      provider.answer('userinfo', json(stranger))
      const page = await browser.open(`${app.url}/private`)
      await expectRefusal(page, [400, 'ERR_OIDC_USER_INFO_INVALID'], { app, browser })
      provider.answer('userinfo', undefined)
      await expectSignIn({ app, browser })
      provider.answer('userinfo', json(stranger))
      const again = await browser.open(`${app.url}/login`)
      expect(again.status).toBe(400)
      expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1', name: 'Una User' })
    },
  )

  test('is refused when it is got later, and changes nothing', async ({
    provider,
    start,
    browser,
    sessions,
  }) => {
    const app = await start(userInfoApp(sessions, { userInfo: { when: 'lazily', required: false } }))
    await expectSignIn({ app, browser })
    const { writes } = sessions
    provider.answer('userinfo', json(stranger))
    const page = await browser.open(`${app.url}/info`)
    expect(JSON.parse(page.text)).toEqual({ outcome: { code: 'ERR_OIDC_USER_INFO_INVALID' } })
    expect(sessions.writes).toBe(writes)
    expect(await app.userOf(browser)).not.toHaveProperty('name')
  })
})

describe('a UserInfo that is got lazily', () => {
  test('is not asked for at the sign-in', async ({ provider, start, browser }) => {
    const app = await start({ relyingParty: { userInfo: { when: 'lazily' } } })
    provider.answer('userinfo', status(500))
    await expectSignIn({ app, browser })
    expect(provider.requestsTo('userinfo')).toEqual([])
    expect(Object.keys((await app.userOf(browser)) ?? {})).toEqual(['iss', 'sub', 'auth_time', 'sid'])
  })

  test('is joined to req.user when it is asked for, and kept', async ({
    provider,
    start,
    browser,
    sessions,
  }) => {
    const app = await start(userInfoApp(sessions, { userInfo: { when: 'lazily' } }))
    await expectSignIn({ app, browser })
    const { writes } = sessions
    const page = await browser.open(`${app.url}/info`)
    expect(JSON.parse(page.text)).toEqual({ outcome: provider.user, name: 'Una User' })
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1', name: 'Una User' })
    expect(sessions.writes).toBe(writes + 1)
    await browser.open(`${app.url}/info`)
    expect(sessions.writes).toBe(writes + 1)
    expect(provider.requestsTo('userinfo')).toHaveLength(2)
  })

  test('is not for those who are not signed in', async ({ provider, start, browser, sessions }) => {
    const app = await start(userInfoApp(sessions, { userInfo: { when: 'lazily' } }))
    const page = await browser.open(`${app.url}/info`)
    expect(JSON.parse(page.text)).toEqual({ outcome: { code: 'ERR_OIDC_UNAUTHENTICATED' } })
    expect(provider.requestsTo('userinfo')).toEqual([])
  })
})

test('an app that asks at each sign-in does not ask while pages are read', async ({
  provider,
  start,
  browser,
  sessions,
}) => {
  const app = await start(userInfoApp(sessions, {}))
  const callback = await reachCallback(browser, app)
  expect(locationOf(await browser.open(callback.href, { follow: false })).href).toBe(`${app.url}/private`)
  const { writes } = sessions
  for (let count = 0; count < 3; count += 1) await browser.open(`${app.url}/private`)
  expect([provider.requestsTo('userinfo').length, sessions.writes]).toEqual([1, writes])
})
