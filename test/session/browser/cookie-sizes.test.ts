import { describe, expect } from 'vitest'
import { LARGEST_COOKIE, sizeOf } from '../../support/browser/kept-cookie.ts'
import { Browser, type Page } from '../../support/browser.ts'
import { codeOf, expectSignIn, locationOf, reachCallback, test } from '../../support/flow.ts'
import { scriptedProvider } from '../../support/scripted-provider.ts'

/** Characters and how many each takes in an ASCII URL. JSON and base64url would double or stretch some of them once more. */
const letters = [
  ['a', 1],
  ['"', 3],
  ["'", 3],
  ['%22', 3],
  ['é', 6],
  ['名', 9],
  ['😀', 12],
] as const

/** A path of exactly so many characters in an ASCII URL. In a query, an apostrophe is encoded too. */
function pathOf([letter, size]: readonly [string, number], length: number): string {
  const start = '/private?'
  const count = Math.floor((length - start.length) / size)
  return start + letter.repeat(count) + 'x'.repeat(length - start.length - count * size)
}

function expectKept(page: Page): void {
  const cookies = page.headers.getSetCookie().filter(line => /^(__Host-)?oidc/.test(line))
  expect(cookies).not.toEqual([])
  for (const cookie of cookies) expect(sizeOf(cookie)).toBeLessThanOrEqual(LARGEST_COOKIE)
}

const ends = [
  [2_048, true],
  [2_049, false],
] as const

describe.each(letters)('a return path of %s, which takes %i characters in a URL', (...letter) => {
  test.for(ends)(
    'with %i of them comes back after a sign-in: %s',
    async ([length, fits], { app, browser }) => {
      const path = pathOf(letter, length)
      const link = `${app.url}/login?${new URLSearchParams({ returnTo: path }).toString()}`
      const start = await browser.open(link, { follow: false })
      expectKept(start)
      const page = await browser.open(locationOf(start).href)
      expect(page.url).toBe(fits ? new URL(path, app.url).href : `${app.url}/`)
      expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    },
  )

  test.for(ends)(
    'with %i of them comes back after a sign-out: %s',
    async ([length, fits], { app, browser }) => {
      await expectSignIn({ app, browser })
      const path = pathOf(letter, length)
      const start = await browser.post(`${app.url}/logout`, { returnTo: path }, { follow: false })
      expectKept(start)
      const back = await browser.open(locationOf(start).href, { follow: false })
      const page = await browser.open(locationOf(back).href, { follow: false })
      expect(page.headers.get('location')).toBe(fits ? new URL(path, app.url).href : `${app.url}/`)
      expect(await app.userOf(browser)).toBeNull()
    },
  )
})

test('step-ups with long parameters fit into the cookie one after another', async ({ start, browser }) => {
  const app = await start({
    after: routes => {
      routes.get('/stronger/:level', (req, _res, next) => {
        const authorizationParameters = { acr_values: `${req.params.level}-${'a'.repeat(1_400)}` }
        req.oidc.login({ returnTo: '/private', isStepUp: true, authorizationParameters }).catch(next)
      })
    },
  })
  await expectSignIn({ app, browser })
  for (const level of ['1', '2', '3', '4', '5']) {
    const begun = await browser.open(`${app.url}/stronger/${level}`, { follow: false })
    expectKept(begun)
    expect((await browser.open(locationOf(begun).href)).url).toBe(`${app.url}/private`)
  }
  const again = await browser.open(`${app.url}/stronger/6`)
  expect([again.status, again.url]).toEqual([403, `${app.url}/stronger/6`])
})

test('a scope with which no browser would keep the cookie is named', async ({ start, browser }) => {
  const scope = (length: number): string => `openid ${'s'.repeat(length)}`
  const app = await start({ relyingParty: { scope: scope(4_000) } })
  const page = await browser.open(`${app.url}/login`)
  expect([page.status, codeOf(page)]).toEqual([500, 'ERR_OIDC_INVALID_OPTION'])
  expect(app.log.join()).toMatch(/The cookie oidc\S+ would have \d+ bytes.*Shorten.*the scope/)
  const twin = await start({ relyingParty: { scope: scope(1_500) } })
  await expectSignIn({ app: twin, browser: new Browser() })
})

describe('the cookies of many providers on one host', () => {
  const long = 'x'.repeat(1_900)

  test('stay below 8 KB together, and the host can still be opened', async ({
    start,
    browser,
    onTestFinished,
  }) => {
    const apps = []
    for (let count = 0; count < 6; count += 1) {
      const provider = await scriptedProvider()
      onTestFinished(() => provider.close())
      apps.push(await start({ issuer: provider.issuer }))
    }
    const callbacks = []
    for (const app of apps) callbacks.push(await reachCallback(browser, app, `/private?${long}`))
    const [last, lastApp] = [callbacks.at(-1), apps.at(-1)]
    if (!last || !lastApp) throw new Error('There is no app.')
    const header = await browser.jar.getCookieString(lastApp.url)
    expect(header.length).toBeLessThanOrEqual(8_000)
    expect(header.match(/oidc\./g)).toHaveLength(2)
    expect((await browser.open(last.href)).url).toBe(`${lastApp.url}/private?${long}`)
  })

  test('stay below 4.2 KB together after sign-outs', async ({ start, app, browser }) => {
    const other = await start()
    for (const [index, each] of [app, other, app, other].entries()) {
      await expectSignIn({ app: each, browser })
      await browser.post(`${each.url}/logout`, { returnTo: `/me?${index}${long}` }, { follow: false })
    }
    const cookies = (await browser.jar.getCookies(app.url)).filter(({ key }) =>
      key.startsWith('oidc-logout.'),
    )
    expect(cookies).toHaveLength(1)
    expect(cookies.map(({ key, value }) => key.length + value.length)[0]).toBeLessThanOrEqual(4_200)
  })
})

test('a cookie whose made-up name no browser would keep does no harm', async ({ app }) => {
  const [first = ''] = (
    await new Browser().open(`${app.url}/login`, { follow: false })
  ).headers.getSetCookie()
  const [prefix = ''] = /^oidc\.[\w-]{8}\./.exec(first) ?? []
  const planted = Array.from(
    { length: 9 },
    (_, index) => `${prefix}${'n'.repeat(index === 8 ? 5_000 : 10)}${index}=x`,
  )
  const page = await new Browser().open(`${app.url}/login`, {
    follow: false,
    headers: { cookie: planted.join('; ') },
  })
  expect([page.status, locationOf(page).pathname]).toEqual([303, '/authorize'])
})
