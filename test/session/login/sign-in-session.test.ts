import session from 'express-session'
import { describe, expect } from 'vitest'
import type { TestAppOptions } from '../../support/app.ts'
import { Browser } from '../../support/browser.ts'
import { codeOf, expectRefusal, expectSignIn, reachCallback, test } from '../../support/flow.ts'

const remembering: TestAppOptions = {
  after(app) {
    app.get('/remember/:what', (req, res) => {
      Object.assign(req.session, { remembered: req.params['what'] })
      res.send('remembered')
    })
    app.get(
      '/remembered',
      (req, res) => void res.json((req.session as { remembered?: string }).remembered ?? null),
    )
  },
}

async function sessionCookie(browser: Browser, url: string): Promise<string | undefined> {
  return (await browser.jar.getCookies(url)).find(({ key }) => key === 'connect.sid')?.value
}

describe('the session', () => {
  test('has another id after the sign-in, and the old one is worth nothing', async ({ start, browser }) => {
    const app = await start(remembering)
    await browser.open(`${app.url}/remember/basket`)
    const before = await sessionCookie(browser, app.url)
    await expectSignIn({ app, browser })
    expect(before).toBeDefined()
    expect(await sessionCookie(browser, app.url)).not.toBe(before)
    const thief = new Browser({ headers: { cookie: `connect.sid=${before}` } })
    expect(await app.userOf(thief)).toBeNull()
    expect((await thief.open(`${app.url}/remembered`)).text).toBe('null')
  })

  test('has another id after each further sign-in', async ({ app, browser }) => {
    await expectSignIn({ app, browser })
    const before = await sessionCookie(browser, app.url)
    await browser.open(`${app.url}/login`)
    expect(await sessionCookie(browser, app.url)).not.toBe(before)
    expect(await app.userOf(new Browser({ headers: { cookie: `connect.sid=${before}` } }))).toBeNull()
  })

  test('keeps what it held before anybody signed in', async ({ start, browser }) => {
    const app = await start(remembering)
    await browser.open(`${app.url}/remember/basket`)
    await expectSignIn({ app, browser })
    expect((await browser.open(`${app.url}/remembered`)).text).toBe('"basket"')
  })

  test('keeps what it holds when the same user signs in again', async ({ start, browser }) => {
    const app = await start(remembering)
    await expectSignIn({ app, browser })
    await browser.open(`${app.url}/remember/mine`)
    await browser.open(`${app.url}/login`)
    expect((await browser.open(`${app.url}/remembered`)).text).toBe('"mine"')
  })

  test('loses what it held for another user', async ({ provider, start, browser }) => {
    const app = await start(remembering)
    await expectSignIn({ app, browser })
    await browser.open(`${app.url}/remember/secret`)
    provider.user = { sub: 'user-2', name: 'Dora' }
    await browser.open(`${app.url}/login`)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-2' })
    expect((await browser.open(`${app.url}/remembered`)).text).toBe('null')
  })

  test('holds no token and no code', async ({ provider, start, browser }) => {
    const secrets: string[] = []
    provider.tokenResponse = body => {
      secrets.push(String(body.access_token), String(body.id_token))
      return body
    }
    const store = new session.MemoryStore()
    const app = await start({ session: { store } })
    const callback = await reachCallback(browser, app)
    secrets.push(callback.searchParams.get('code') ?? '')
    await browser.open(callback.href)
    const sessions = await new Promise(resolve => store.all?.((_error, all) => resolve(all)))
    expect(JSON.stringify(sessions)).toContain('user-1')
    expect(secrets).toHaveLength(3)
    for (const secret of secrets) expect(JSON.stringify(sessions)).not.toContain(secret)
  })

  test.for([
    ['set', 'for ever'],
    ['set', 'once'],
    ['destroy', 'for ever'],
    ['destroy', 'once'],
  ] as const)('whose %s fails %s signs nobody in', async ([broken, often], { provider, start, browser }) => {
    const store = new session.MemoryStore()
    const app = await start({ ...remembering, session: { store } })
    await browser.open(`${app.url}/remember/basket`)
    const callback = await reachCallback(browser, app)
    const usual = store[broken].bind(store)
    store[broken] = (...parameters: readonly unknown[]) => {
      if (often === 'once') Object.assign(store, { [broken]: usual })
      const done = parameters.at(-1) as (error: Error) => void
      done(new Error('the disk is full'))
    }
    const page = await browser.open(callback.href)
    await expectRefusal(page, [503, 'ERR_OIDC_SESSION_UNAVAILABLE'], { app, browser })
    expect(provider.requestsTo('token')).toHaveLength(1)
    expect(app.log.join()).toContain('SESSION_UNAVAILABLE')

    Object.assign(store, { [broken]: usual })
    await expectSignIn({ app, browser })
  })

  test('that was never mounted is said to be missing', async ({ start, browser }) => {
    const app = await start({ session: false })
    const page = await browser.open(`${app.url}/private`)
    expect([page.status, codeOf(page)]).toEqual([500, 'ERR_OIDC_SESSION_MISSING'])
  })
})
