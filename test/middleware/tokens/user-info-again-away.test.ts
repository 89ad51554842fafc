import { describe, expect } from 'vitest'
import { pass, stopClock } from '../../support/clock.ts'
import { asProgram, test as base, codeOf, expectSignIn } from '../../support/flow.ts'
import { json, type ScriptedProvider, status } from '../../support/scripted-provider.ts'
import { CountingStore, userInfoApp } from '../../support/tokens/user-info.ts'

const test = base.extend('sessions', () => new CountingStore())

const EVERY = 300
const AGO = EVERY * 1_000 + 1
const required = { userInfo: { when: { every: EVERY } } }
const bestEffort = { userInfo: { ...required.userInfo, required: false } }

stopClock()

const limited = json({ ok: false, error: 'ratelimited' }) // as Slack answers

const asked = (provider: ScriptedProvider): number => provider.requestsTo('userinfo').length

describe('while a UserInfo that has become old cannot be had', () => {
  test.for([
    ['status 503', status(503)],
    ['an error with status 200', limited],
  ] as const)(
    'best effort keeps the old claims and tries again later (%s)',
    async ([, answer], { provider, start, browser, sessions }) => {
      const app = await start(userInfoApp(sessions, bestEffort))
      await expectSignIn({ app, browser })
      provider.answer('userinfo', answer)
      pass(AGO)
      for (let count = 0; count < 3; count += 1)
        expect(await app.userOf(browser)).toMatchObject({ name: 'Una User' })
      expect(asked(provider)).toBe(2)
      provider.answer('userinfo', undefined)
      provider.user = { ...provider.user, name: 'Una Married' }
      pass(10_001)
      expect(await app.userOf(browser)).toMatchObject({ name: 'Una Married' })
    },
  )

  test.for([
    ['status 500', status(500)],
    ['an error with status 200', limited],
  ] as const)(
    'required answers 503 until it can (%s)',
    async ([, answer], { provider, start, browser, sessions }) => {
      const app = await start(userInfoApp(sessions, required))
      await expectSignIn({ app, browser })
      provider.answer('userinfo', answer)
      pass(AGO)
      for (let count = 0; count < 3; count += 1) {
        const page = await browser.open(`${app.url}/private`, asProgram)
        expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'])
        expect(page.headers.get('retry-after')).toBe('5')
      }
      expect([asked(provider), app.shown()]).toEqual([2, 1])
      provider.answer('userinfo', undefined)
      pass(10_001)
      expect((await browser.open(`${app.url}/private`)).status).toBe(200)
    },
  )
})
