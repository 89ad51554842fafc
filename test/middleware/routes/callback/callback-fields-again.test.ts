import { describe, expect } from 'vitest'
import { formOf } from '../../../support/browser/browser-form.ts'
import { Browser } from '../../../support/browser.ts'
import { pass, stopClock } from '../../../support/clock.ts'
import { test as base, locationOf } from '../../../support/flow.ts'
import { status } from '../../../support/scripted-provider.ts'
import {
  appleUser,
  type Given,
  sendOnce,
  submitAll,
  watchFields,
} from '../../../support/sign-in/callback-fields.ts'

const MINUTE = 60_000
const told: Given = { hook: 'onLogin', fields: { user: appleUser } }

stopClock()

/** With a provider that sends the field once, and what the hooks of the app were given. */
const test = base
  .extend('given', (): Given[] => [])
  .extend('app', async ({ provider, start, given }) => {
    sendOnce(provider, { user: appleUser })
    return await start(watchFields(given))
  })

describe('a field that the provider sends once', () => {
  test('counts as it came first when the form is posted twice', async ({ app, browser, given }) => {
    const form = await browser.open(`${app.url}/private`)
    const back = await browser.submit(form, {}, { follow: false })
    await browser.submit(form, { user: 'another' }, { follow: false })
    expect((await browser.open(locationOf(back).href)).url).toBe(`${app.url}/private`)
    expect(given.at(-1)).toEqual(told)
  })

  test.for([
    ['at once', 0],
    ['after the response was forgotten', 2 * MINUTE],
  ] as const)(
    'survives a provider that is away, tried again %s',
    async ([, time], { provider, app, browser, given }) => {
      const form = await browser.open(`${app.url}/private`)
      provider.answer('token', status(503))
      const page = await browser.submit(form)
      expect([page.status, await app.userOf(browser)]).toEqual([503, null])
      provider.answer('token', undefined)
      pass(Math.max(time, 10_000))
      expect((await submitAll(browser, page.url)).url).toBe(`${app.url}/private`)
      expect(given.at(-1)).toEqual(told)
    },
  )

  test('survives a sign-in that took too long', async ({ app, browser, given }) => {
    const form = await browser.open(`${app.url}/private`)
    pass(11 * MINUTE)
    const page = await browser.submit(form)
    expect(formOf(page).fields).not.toHaveProperty('user')
    expect((await browser.submit(page)).url).toBe(`${app.url}/private`)
    expect(given.at(-1)).toEqual(told)
  })

  test('survives the replacement of the client', async ({ provider, app, browser, given }) => {
    const form = await browser.open(`${app.url}/private`)
    provider.clients.clear()
    expect((await browser.submit(await browser.submit(form))).url).toBe(`${app.url}/private`)
    expect(given.at(-1)).toEqual(told)
  })

  test('does not follow another browser, which did not start that sign-in', async ({
    app,
    browser,
    given,
  }) => {
    const form = await browser.open(`${app.url}/private`)
    const victim = new Browser()
    const page = await victim.submit(form)
    expect((await victim.submit(page)).url).toBe(`${app.url}/`)
    expect(given.at(-1)).toEqual({ hook: 'onLogin', fields: {} })
  })

  test('is lost with a line in the log if it is too long to be kept', async ({
    provider,
    start,
    browser,
    given,
  }) => {
    const app = await start(watchFields(given, { callbackFields: ['user', 'more'] }))
    sendOnce(provider, { user: 'x'.repeat(2_000), more: 'x'.repeat(2_000) })
    const form = await browser.open(`${app.url}/private`)
    pass(11 * MINUTE)
    expect((await browser.submit(await browser.submit(form))).url).toBe(`${app.url}/private`)
    expect(given.at(-1)).toEqual({ hook: 'onLogin', fields: {} })
    expect(app.log.join()).toContain(
      'The callback fields of a sign-in that starts again (user, more) are too long',
    )
  })
})
