import { createHash } from 'node:crypto'
import { MemoryStore } from 'express-session'
import { describe, expect } from 'vitest'
import { startReplicas } from '../support/apps/replicas.ts'
import { setups, startIn } from '../support/attacks/setups.ts'
import { Browser, type Page } from '../support/browser.ts'
import {
  asProgram,
  codeOf,
  expectRefusal,
  expectSignIn,
  locationOf,
  reachCallback,
  test,
} from '../support/flow.ts'

const sizeOfStore = (store: MemoryStore): number => Object.keys(Reflect.get(store, 'sessions')).length

describe.for(setups)('on %s', (...setup) => {
  const [place] = setup

  test("a callback of an attacker signs nobody in in another user's browser", async ({
    provider,
    start,
    browser,
  }) => {
    const app = await startIn(place, start)
    const planted = await reachCallback(new Browser(), app)
    for (const hasBegun of [false, true]) {
      if (hasBegun) await reachCallback(browser, app)
      const page = await browser.open(planted.href, { follow: false })
      expect([page.status, locationOf(page).pathname]).toEqual([303, '/authorize']) // the user's own sign-in starts
      expect(provider.requestsTo('token')).toHaveLength(0)
      expect(await app.userOf(browser)).toBeNull()
    }
    await expectSignIn({ app, browser })
    provider.user = { sub: 'another' }
    await browser.open(planted.href)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    expect(provider.requestsTo('token')).toHaveLength(1)
  })

  test("a stolen code is refused in the attacker's own sign-in", async ({ provider, start, browser }) => {
    const app = await startIn(place, start)
    const stolen = await reachCallback(new Browser(), app)
    const own = await reachCallback(browser, app)
    own.searchParams.set('code', stolen.searchParams.get('code') ?? '')
    await expectRefusal(await browser.open(own.href), [400, 'ERR_OIDC_CODE_REFUSED'], { app, browser })
    await expectSignIn({ app, browser })

    const again = new Browser()
    const other = await reachCallback(again, app)
    const taken = await reachCallback(new Browser(), app)
    const grant = provider.codes.get(taken.searchParams.get('code') ?? '')
    const usual = provider.usualAnswer('token')
    provider.answer('token', (request, response) => {
      const verifier = new URLSearchParams(request.body).get('code_verifier') ?? ''
      const codeChallenge = createHash('sha256').update(verifier).digest('base64url')
      if (grant) provider.codes.set('stolen', { ...grant, codeChallenge }) // this provider does not look at PKCE
      return usual(request, response)
    })
    other.searchParams.set('code', 'stolen')
    const page = await again.open(other.href)
    await expectRefusal(page, [400, 'ERR_OIDC_ID_TOKEN_INVALID'], { app, browser: again })
    expect(app.log.join('\n')).toContain('nonce is not the one of this sign-in')
    provider.behave()
    await expectSignIn({ app, browser: again })
  })

  test('a cookie of a sign-in that was changed anywhere is worth nothing', async ({
    provider,
    start,
    browser,
  }) => {
    const app = await startIn(place, start)
    const callback = await reachCallback(browser, app)
    const [name = '', value = ''] = (await browser.jar.getCookieString(app.url)).split('=')
    for (let at = 0; at < value.length; at += 7) {
      const flipped = value[at] === 'A' ? 'B' : 'A'
      if (value[at] === '.') continue
      const cookie = `${name}=${value.slice(0, at)}${flipped}${value.slice(at + 1)}`
      const page = await new Browser({ headers: { cookie } }).open(callback.href, { follow: false })
      expect([page.status, locationOf(page).pathname, at]).toEqual([303, '/authorize', at])
    }
    expect(provider.requestsTo('token')).toHaveLength(0)
    expect((await browser.open(callback.href)).url).toBe(`${app.url}/private`)
  })

  test('a cookie of a sign-in under a name that occurs twice is found by what it holds', async ({
    provider,
    start,
  }) => {
    const app = await startIn(place, start)
    const planted = new Browser()
    await reachCallback(planted, app)
    const foreign = (await planted.jar.getCookieString(app.url)).split('=')[1] ?? ''
    for (const bad of ['x', '', foreign]) {
      for (const isFirst of [true, false]) {
        const browser = new Browser()
        const callback = await reachCallback(browser, app)
        const good = await browser.jar.getCookieString(app.url)
        const [name = ''] = good.split('=')
        const cookie = isFirst ? `${name}=${bad}; ${good}` : `${good}; ${name}=${bad}`
        const page = await new Browser({ headers: { cookie } }).open(callback.href, { follow: false })
        expect([page.status, locationOf(page).href]).toEqual([303, `${app.url}/private`])
      }
    }
    expect(provider.requestsTo('token')).toHaveLength(6)
  })

  test('300 sign-ins leave at most eight cookies, no session, and have 900 different secrets', async ({
    start,
    browser,
  }) => {
    const store = new MemoryStore()
    const app = await startIn(place, start, { session: { store } })
    const secrets = new Set<string | null>()
    for (let count = 0; count < 300; count += 1) {
      const { searchParams } = locationOf(await browser.open(`${app.url}/login`, { follow: false }))
      for (const name of ['state', 'nonce', 'code_challenge']) secrets.add(searchParams.get(name))
    }
    expect(secrets.size).toBe(900)
    for (const secret of secrets) expect(secret).toMatch(/^[\w-]{43,}$/)
    expect((await browser.jar.getCookies(app.url)).length).toBeLessThanOrEqual(8)
    expect((await browser.jar.getCookieString(app.url)).length).toBeLessThan(8_192)
    expect(sizeOfStore(store)).toBe(0)
  })

  test('no answer of a sign-in shows its address to another site', async ({ start, browser }) => {
    const app = await startIn(place, start)
    const callback = await reachCallback(browser, app)
    const good = await browser.open(callback.href, { follow: false })
    const bad = await new Browser().open(`${callback.href}&code=again`, { follow: false })
    const expected = (page: Page, status: number): void => {
      expect([page.status, page.headers.get('referrer-policy')]).toEqual([status, 'same-origin'])
      expect(page.text).not.toMatch(/src=|https?:\/\/(?!localhost)/)
    }
    expected(good, 303)
    expected(bad, 400)
    expect([good.text, locationOf(good).search]).toEqual(['', ''])
    expect(codeOf(bad)).toBe('ERR_OIDC_CALLBACK_INVALID')
  })
})

test('a callback that two replicas get twenty times uses the code once', async ({
  provider,
  start,
  browser,
}) => {
  const apps = await startReplicas(start, 2)
  const [one] = apps
  const callback = await reachCallback(browser, one)
  const sent = Array.from({ length: 20 }, (_, index) =>
    browser.open(callback.href.replace(one.url, apps[index % 2]?.url ?? ''), asProgram),
  )
  await Promise.all(sent)
  const code = callback.searchParams.get('code') ?? ''
  expect(provider.requestsTo('token').filter(({ body }) => body.includes(code))).toHaveLength(1)
  expect(await one.userOf(browser)).toMatchObject({ sub: 'user-1' })
})
