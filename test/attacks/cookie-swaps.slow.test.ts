import { createHmac } from 'node:crypto'
import { expect } from 'vitest'
import { memoryStore, type Store } from '../../src/index.ts'
import type { TestApp } from '../support/app.ts'
import { Browser } from '../support/browser.ts'
import { codeOf, expectSignIn, locationOf, reachCallback, test } from '../support/flow.ts'

/** Every cookie that the app gives to a browser, by what it is for. */
async function allCookies(app: TestApp, browser: Browser): Promise<Map<string, string>> {
  const cookies = new Map<string, string>()
  const note = async (): Promise<void> => {
    for (const { key, value } of await browser.jar.getCookies(app.url)) cookies.set(key, value)
  }
  const callback = await reachCallback(browser, app)
  await note()
  await browser.open(callback.href, { follow: false })
  await note()
  await browser.post(`${app.url}/logout`, { returnTo: '/me' }, { follow: false })
  await note()
  return cookies
}

test('no cookie counts for another one, or for a session', async ({ provider, app, browser }) => {
  const cookies = await allCookies(app, browser)
  expect([...cookies.keys()].map(name => name.replace(/\..*/, '')).sort()).toEqual([
    'connect',
    'oidc',
    'oidc-logout',
    'oidc-signed-in',
    'oidc-silent',
  ])
  const second = await allCookies(app, new Browser())
  let swaps = 0
  for (const name of cookies.keys())
    for (const [other, value] of [...cookies, ...second]) {
      if (cookies.get(name) === value) continue
      swaps += 1
      const swapped = new Browser({ headers: { cookie: `${name}=${value}` } })
      expect(await app.userOf(swapped), `${other} as ${name}`).toBeNull()
      const page = await swapped.open(`${app.url}/logout/callback`, { follow: false })
      expect(locationOf(page).href, `${other} as ${name}`).toBe(`${app.url}/`)
    }
  expect(swaps).toBeGreaterThan(30)
  expect(provider.requestsTo('token')).toHaveLength(2)
  await expectSignIn({ app, browser })
})

test('the transaction of one sign-in does not finish another one', async ({ provider, app }) => {
  const [first, second] = [new Browser(), new Browser()]
  const callbacks = [await reachCallback(first, app), await reachCallback(second, app)]
  const cookies = await Promise.all([first, second].map(each => each.jar.getCookies(app.url)))
  const [own, other] = cookies.map(([cookie]) => cookie)
  const swapped = new Browser({ headers: { cookie: `${own?.key}=${other?.value}` } })
  const page = await swapped.open(String(callbacks[0]), { follow: false })
  expect([page.status, locationOf(page).pathname]).toEqual([303, '/authorize'])
  expect([await app.userOf(swapped), provider.requestsTo('token').length]).toEqual([null, 0])
  expect((await first.open(String(callbacks[0]))).url).toBe(`${app.url}/private`)
})

test('no key of the store is the id of a session, and an id that was made up is replaced', async ({
  start,
  browser,
}) => {
  const inner = memoryStore()
  const keys = new Set<string>()
  const store: Store = {
    ...inner,
    set(key, ...rest) {
      keys.add(key)
      return inner.set(key, ...rest)
    },
  }
  const secret = 'a secret for tests'
  const app = await start({ relyingParty: { store }, session: { secret, saveUninitialized: true } })
  await expectSignIn({ app, browser })
  await browser.post(`${app.url}/logout`, {})
  expect(keys.size).toBeGreaterThan(5)
  for (const id of [...keys, ...[...keys].map(key => key.replace(/^\w+:/, '')), 'made-up', '__proto__']) {
    const signature = createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '')
    const cookie = `connect.sid=${encodeURIComponent(`s:${id}.${signature}`)}`
    const page = await new Browser({ headers: { cookie } }).open(`${app.url}/me`)
    expect([page.status, page.text], id).toEqual([200, 'null'])
    expect(page.headers.getSetCookie().join(), id).toMatch(/^connect\.sid=s%3A/)
    expect(page.headers.getSetCookie().join(), id).not.toContain(encodeURIComponent(`s:${id}.`))
  }
  expect(codeOf(await browser.open(`${app.url}/callback?state=x&code=y`))).toBe('ERR_OIDC_STATE_UNKNOWN')
})

test('a session id in a query, a body or another header is no session', async ({ app, browser }) => {
  await expectSignIn({ app, browser })
  const cookies = await browser.jar.getCookies(app.url)
  const value = cookies.find(({ key }) => key === 'connect.sid')?.value ?? ''
  expect(decodeURIComponent(value)).toMatch(/^s:/)
  const thief = new Browser()
  for (const name of ['sid', 'connect.sid', 'sessionId', 'PHPSESSID', 'session'])
    for (const id of [value, decodeURIComponent(value), decodeURIComponent(value).replace(/^s:|\..*/g, '')]) {
      const query = new URLSearchParams({ [name]: id }).toString()
      expect(JSON.parse((await thief.open(`${app.url}/me?${query}`)).text)).toBeNull()
      const headers = { [name]: id, 'x-session-id': id, authorization: `Session ${id}` }
      expect(JSON.parse((await thief.open(`${app.url}/me`, { headers })).text)).toBeNull()
      expect((await thief.post(`${app.url}/private`, { [name]: id }, { follow: false })).status).toBe(303)
    }
  expect(app.shown()).toBe(1)
})
