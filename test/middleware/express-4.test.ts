import express4 from 'express4'
import { describe, expect } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { asProgram, codeOf, expectRefusal, expectSignIn, test } from '../support/flow.ts'

const makeApp = express4

describe('on Express 4', () => {
  test('a user signs in, returns to the page that was asked for, and signs out', async ({
    start,
    browser,
  }) => {
    const app = await start({ makeApp })
    const page = await browser.open(`${app.url}/private?tab=2`)
    expect([page.status, page.url, page.text]).toEqual([
      200,
      `${app.url}/private?tab=2`,
      'private page of Una User',
    ])
    expect((await browser.open(`${app.url}/logout`)).url).toBe(`${app.url}/`)
    expect(await app.userOf(browser)).toBeNull()
  })

  test('a callback that is malformed is refused', async ({ start, browser }) => {
    const app = await start({ makeApp })
    const page = await browser.open(`${app.url}/callback?state=a&state=b`)
    await expectRefusal(page, [400, 'ERR_OIDC_CALLBACK_INVALID'], { app, browser })
    await expectSignIn({ app, browser })
  })

  test.for(['/login', '/private', '/callback?code=a&state=b'])(
    'a promise that rejects at %s is answered as an error',
    async (path, { start, browser }) => {
      const store = memoryStore()
      const fail = () => Promise.reject(new Error('the disk is gone'))
      const app = await start({ makeApp, relyingParty: { store: { ...store, get: fail, set: fail } } })
      const page = await browser.open(app.url + path)
      await expectRefusal(page, [503, 'ERR_OIDC_STORE_UNAVAILABLE'], { app, browser })
      expect(page.headers.get('retry-after')).toMatch(/^\d+$/)
      expect((await browser.open(`${app.url}/`)).text).toBe('public')
    },
  )

  test('an error of onError reaches the error handler of the app', async ({ start, browser }) => {
    const app = await start({ makeApp, relyingParty: { onError: (error, _req, _res, next) => next(error) } })
    const page = await browser.open(`${app.url}/callback?state=b`, asProgram)
    expect([page.status, codeOf(page)]).toEqual([400, undefined])
    expect(page.text).toContain('code is missing')
  })
})
