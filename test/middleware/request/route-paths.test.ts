import express from 'express'
import express4 from 'express4'
import { describe, expect } from 'vitest'
import { expectSignIn, locationOf, reachCallback, test } from '../../support/flow.ts'

const setting = (name: string) => (app: express.Express) => void app.set(name, true)

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
] as const)('in %s', (_, makeApp) => {
  test.for(['/login', '/login/', '/LOGIN', '/Login/'])(
    '%s starts a sign-in',
    async (path, { start, browser }) => {
      const app = await start({ makeApp })
      const page = await browser.open(app.url + path, { follow: false })
      expect([page.status, locationOf(page).pathname]).toEqual([303, '/authorize'])
    },
  )

  test.for([
    ['strict routing', '/login/', '/LOGIN'],
    ['case sensitive routing', '/LOGIN', '/login/'],
  ] as const)(
    'with %s, %s leads nowhere and %s to a sign-in',
    async ([name, wrong, right], { start, browser }) => {
      const app = await start({ makeApp, before: setting(name) })
      expect((await browser.open(app.url + wrong, { follow: false })).status).toBe(404)
      expect((await browser.open(app.url + right, { follow: false })).status).toBe(303)
      expect((await browser.open(`${app.url}/login`, { follow: false })).status).toBe(303)
    },
  )
})

test.for(['/login//', '//login', '/login/x', '/'])('%s is no route', async (path, { app, browser }) => {
  const page = await browser.open(app.url + path, { follow: false })
  expect(page.headers.get('location')).toBeNull()
})

test('a callback and a sign-out with a slash at the end work', async ({ provider, app, browser }) => {
  const callback = await reachCallback(browser, app)
  callback.pathname = '/callback/'
  expect((await browser.open(callback.href)).url).toBe(`${app.url}/private`)
  await browser.open(`${app.url}/LOGOUT/`)
  expect(provider.requestsTo('endSession')).toHaveLength(1)
  expect(await app.userOf(browser)).toBeNull()
  await expectSignIn({ app, browser })
})

test.for(['/logout/', '/LOGOUT', '/Login/?returnTo=/private'])(
  'a sign-in does not end at %s, which would be a circle',
  async (returnTo, { app, browser }) => {
    const page = await browser.open(`${app.url}/login?returnTo=${encodeURIComponent(returnTo)}`)
    expect([page.status, page.url]).toEqual([200, `${app.url}/`])
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  },
)
