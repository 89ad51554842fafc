import { describe, expect } from 'vitest'
import { Browser } from '../../support/browser.ts'
import { pass, stopClock } from '../../support/clock.ts'
import { asProgram, test as base, codeOf, expectSignIn } from '../../support/flow.ts'
import { CountingStore, gate, held, userInfoApp } from '../../support/tokens/user-info.ts'

const test = base.extend('sessions', () => new CountingStore())

const EVERY = 300

stopClock()

describe('a login that is ended while its UserInfo is got again:', () => {
  const logins = (sessions: CountingStore): Promise<unknown[]> =>
    new Promise((resolve, reject) => {
      sessions.all((error, all) =>
        error ? reject(error) : resolve(Object.values(all ?? {}).filter(({ oidc }) => oidc)),
      )
    })

  test.for(['while the provider answers', 'while the session is saved'])(
    '%s, it stays ended',
    async (moment, { provider, start, browser, sessions }) => {
      const app = await start(userInfoApp(sessions, { userInfo: { when: { every: EVERY } } }))
      await expectSignIn({ app, browser })
      provider.user = { ...provider.user, name: 'Una Married' }
      const cookie = await browser.jar.getCookieString(app.url)
      const answer = held(provider.usualAnswer('userinfo'))
      provider.answer('userinfo', answer.answer)
      const saving = gate()
      const { writes } = sessions
      pass(EVERY * 1_000 + 1)
      const other = new Browser({ headers: { cookie } })
      const late = app.userOf(other)
      await answer.asked
      if (moment === 'while the session is saved') {
        sessions.gate = () => saving.opened
        answer.release()
        await expect.poll(() => sessions.writes).toBe(writes + 1)
      }
      expect((await browser.open(`${app.url}/logout`)).status).toBe(200)
      answer.release()
      saving.open()
      expect(await late).toBeNull()
      expect(await logins(sessions)).toEqual([])
      const expected = moment === 'while the provider answers' ? 1 : 2 // the last is of a new session, without login
      expect(sessions.writes).toBe(writes + expected)
    },
  )

  test('by a store that has lost its session, it stays lost', async ({
    provider,
    start,
    browser,
    sessions,
  }) => {
    const app = await start(userInfoApp(sessions, { userInfo: { when: { every: EVERY } } }))
    await expectSignIn({ app, browser })
    provider.user = { ...provider.user, name: 'Una Married' }
    const answer = held(provider.usualAnswer('userinfo'))
    provider.answer('userinfo', answer.answer)
    pass(EVERY * 1_000 + 1)
    const late = app.userOf(browser)
    await answer.asked
    await new Promise(resolve => sessions.clear(resolve))
    answer.release()
    expect(await late).toBeNull()
    expect(await logins(sessions)).toEqual([])
  })
})

test.for([true, false])(
  'a session that cannot be saved is a failure of the app (required: %s)',
  async (required, { provider, start, browser, sessions }) => {
    const app = await start(userInfoApp(sessions, { userInfo: { when: { every: EVERY }, required } }))
    await expectSignIn({ app, browser })
    provider.user = { ...provider.user, name: 'Una Married' }
    pass(EVERY * 1_000 + 1)
    sessions.gate = () => Promise.reject(new Error('the disk is full'))
    const page = await browser.open(`${app.url}/private`, asProgram)
    expect([page.status, codeOf(page), app.shown()]).toEqual([503, 'ERR_OIDC_SESSION_UNAVAILABLE', 1])
    sessions.gate = () => Promise.resolve()
    expect(await app.userOf(browser)).toMatchObject({ name: 'Una Married' })
  },
)
