import { inspect } from 'node:util'
import { MemoryStore } from 'express-session'
import { describe, expect } from 'vitest'
import { codeOf, expectSignIn, test } from '../../../support/flow.ts'
import {
  appleUser,
  type Given,
  sendOnce,
  submitAll,
  watchFields,
} from '../../../support/sign-in/callback-fields.ts'
import { toldEvents } from '../../../support/told-events.ts'

describe('a field of the callback', () => {
  test('reaches the hooks with the sign-in that it came with, and nothing else', async ({
    provider,
    start,
    browser,
  }) => {
    const given: Given[] = []
    const events = toldEvents()
    const store = new MemoryStore()
    const app = await start({ ...watchFields(given), session: { store } })
    sendOnce(provider, { user: appleUser, unknown: 'word' })
    expect((await submitAll(browser, `${app.url}/private`)).status).toBe(200)
    expect(given).toEqual([
      { hook: 'acceptLogin', fields: { user: appleUser } },
      { hook: 'onLogin', fields: { user: appleUser } },
    ])
    const kept = [await app.userOf(browser), Reflect.get(store, 'sessions'), events, app.log]
    expect(inspect(kept, { depth: 12 })).not.toMatch(/Ann|privaterelay|word/)

    await browser.post(`${app.url}/logout`, {})
    await submitAll(browser, `${app.url}/private`)
    expect(given.slice(2)).toEqual([
      { hook: 'onLogout', fields: {} },
      { hook: 'acceptLogin', fields: {} },
      { hook: 'onLogin', fields: {} },
    ])
  })

  test('may come in the query, as those of Google and Zoho do', async ({ provider, start, browser }) => {
    const given: Given[] = []
    const app = await start(watchFields(given, { responseMode: 'query', callbackFields: ['hd', 'location'] }))
    sendOnce(provider, { hd: 'shop.test', location: 'eu', authuser: '0' })
    await expectSignIn({ app, browser })
    expect(given[0]).toEqual({ hook: 'acceptLogin', fields: { hd: 'shop.test', location: 'eu' } })
  })

  test('is given to no app that did not ask', async ({ provider, start, browser }) => {
    const given: Given[] = []
    const app = await start(watchFields(given, { callbackFields: [] }))
    sendOnce(provider, { user: appleUser })
    await submitAll(browser, `${app.url}/private`)
    expect(given.map(({ fields }) => fields)).toEqual([{}, {}])
  })

  test('can keep a user out', async ({ provider, start, browser }) => {
    const acceptLogin = ({ unsignedFields }: { readonly unsignedFields: Given['fields'] }): boolean =>
      unsignedFields['hd'] !== 'evil.test'
    const app = await start({ relyingParty: { callbackFields: ['hd'], acceptLogin } })
    sendOnce(provider, { hd: 'evil.test' })
    expect(codeOf(await browser.open(`${app.url}/private`))).toBe('ERR_OIDC_LOGIN_REFUSED')
    expect(await app.userOf(browser)).toBeNull()
    await expectSignIn({ app, browser })
  })

  test.for([
    ['2,048 bytes', 'é'.repeat(1_024), true],
    ['more', `${'é'.repeat(1_024)}x`, false],
    ['letters that are joined', 'می\u200cخواهم', true],
    ['a line end', 'Ann\nLee', false],
    ['a null', 'Ann\0', false],
    ['a reversed reading direction', 'Ann\u202e', false],
  ] as const)('of %s is given or left out', async ([, user, isGiven], { provider, start, browser }) => {
    for (const responseMode of ['form_post', 'query'] as const) {
      const given: Given[] = []
      const app = await start(watchFields(given, { responseMode }))
      sendOnce(provider, { user })
      expect((await submitAll(browser, `${app.url}/login?returnTo=/private`)).url).toBe(`${app.url}/private`)
      expect(given[1]).toEqual({ hook: 'onLogin', fields: isGiven ? { user } : {} })
      const said = app.log.filter(line => line.includes('The callback field user of a sign-in was left out'))
      expect([said.length, said.join().includes(user)]).toEqual([isGiven ? 0 : 1, false])
    }
  })

  test('that occurs twice is left out', async ({ provider, start, browser }) => {
    const given: Given[] = []
    const app = await start(watchFields(given, { responseMode: 'query', callbackFields: ['hd'] }))
    const page = await browser.open(`${app.url}/private`, { follow: false })
    sendOnce(provider, { hd: 'a.test' })
    const answer = await browser.open(page.headers.get('location') ?? '', { follow: false })
    await browser.open(`${answer.headers.get('location')}&hd=b.test`)
    expect(given[1]).toEqual({ hook: 'onLogin', fields: {} })
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })
})
