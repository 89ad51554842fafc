import { describe, expect } from 'vitest'
import { memoryStore, relyingParty } from '../../src/index.ts'
import { startApp } from '../support/app.ts'
import { routesAt, test } from '../support/apps/two-providers.ts'
import { codeOf, locationOf } from '../support/flow.ts'

const anonymous = { name: null, isAuthenticated: false }

describe('an app with two providers', () => {
  test.for([
    ['a', 'Una at A'],
    ['b', 'Una at B'],
  ] as const)(
    'signs users in at %s, and every page sees that login',
    async ([which, name], { app, browser }) => {
      expect(await app.seenBy(browser)).toEqual({ ...anonymous, loginUrl: `${app.url}/a/login` })
      const page = await browser.open(`${app.url}/${which}/login?returnTo=/private`)
      expect(page).toMatchObject({ url: `${app.url}/private`, text: `private page of ${name}` })
      const loginUrl = `${app.url}/${which}/login`
      expect(await app.seenBy(browser)).toEqual({ name, isAuthenticated: true, loginUrl })
    },
  )

  test('sends who is not signed in to the first, and from a guard that says so to the second', async ({
    app,
    browser,
  }) => {
    expect((await browser.open(`${app.url}/private?x`)).text).toBe('private page of Una at A')
    await browser.open(`${app.url}/a/logout`)
    const page = await browser.open(`${app.url}/partners?x`)
    expect(page).toMatchObject({ url: `${app.url}/partners?x`, text: 'partner page of Una at B' })
  })

  test.for([
    ['a', 'b', 'Una at B'],
    ['b', 'a', 'Una at A'],
  ] as const)(
    'replaces a login at %s by one at %s: another session, and the tokens gone',
    async ([before, after, name], { app, a, b, browser }) => {
      let accessToken = ''
      const former = before === 'a' ? a : b
      former.tokenResponse = body => {
        accessToken = String(body.access_token)
        return body
      }
      await browser.open(`${app.url}/${before}/login`)
      const stolen = await browser.jar.getCookieString(app.url)
      expect(await app.contents()).toContain(accessToken)
      await browser.open(`${app.url}/${after}/login`)
      expect(await app.seenBy(browser)).toMatchObject({ name })
      expect(await app.contents()).not.toContain(accessToken)
      const old = await fetch(`${app.url}/me`, { headers: { cookie: stolen } })
      expect(await old.json()).toMatchObject(anonymous)
    },
  )

  test.for([
    ['a', 'a'],
    ['a', 'b'],
    ['b', 'a'],
    ['b', 'b'],
  ] as const)(
    'ends a login at %s there, whichever logout route is called: that of %s',
    async ([held, asked], { app, a, b, browser }) => {
      await browser.open(`${app.url}/${held}/login`)
      const away = await browser.open(`${app.url}/${asked}/logout?returnTo=/private`, { follow: false })
      const { origin, searchParams } = locationOf(away)
      expect(origin).toBe({ a, b }[held].issuer)
      expect(searchParams.get('post_logout_redirect_uri')).toBe(`${app.url}/${held}/logout/callback`)
      expect(await app.seenBy(browser)).toMatchObject(anonymous)
      const back = await browser.open(locationOf(away).href, { follow: false })
      expect(locationOf(await browser.open(locationOf(back).href, { follow: false })).href).toBe(
        `${app.url}/private`,
      )
      expect((held === 'a' ? b : a).requestsTo('endSession')).toEqual([])
    },
  )

  test('takes no return path of a sign-out at the other one, even without a state', async ({
    app,
    browser,
  }) => {
    await browser.open(`${app.url}/a/login`)
    await browser.open(`${app.url}/a/logout?returnTo=/me`, { follow: false })
    expect((await browser.open(`${app.url}/b/logout/callback`)).url).toBe(`${app.url}/`)
    expect((await browser.open(`${app.url}/a/logout/callback`)).url).toBe(`${app.url}/me`)
  })

  test('sees, below the path of its own where one is mounted, that one, and above it the first', async ({
    a,
    b,
    browser,
    onTestFinished,
  }) => {
    const baseUrl = 'http://localhost:9/below'
    const below = relyingParty({ issuer: b.issuer, baseUrl, name: 'b', store: memoryStore(), log: false })
    const app = await startApp(a.issuer, {
      after: router => {
        router.use('/below', below)
        router.get(['/below/page', '/page'], (req, res) => void res.json(req.oidc.loginUrl))
      },
    })
    onTestFinished(async () => void (await Promise.all([app.close(), below.close()])))
    const loginUrl = async (path: string) => JSON.parse((await browser.open(app.url + path)).text)
    expect(await loginUrl('/below/page')).toBe('http://localhost:9/below/login')
    expect(await loginUrl('/page')).toBe(`${app.url}/login`)
    await browser.open(`${app.url}/private`)
    expect(await loginUrl('/below/page')).toBe(`${app.url}/login`)
  })

  test('takes a login of one that is no longer there for nobody, who can sign in and out', async ({
    a,
    browser,
    onTestFinished,
  }) => {
    const gone = {
      id: '1',
      issuer: 'https://gone.example',
      name: 'gone',
      startedAt: Date.now(),
      user: { sub: '1' },
    }
    const app = await startApp(a.issuer, {
      before: router => {
        router.get('/plant', (req, res) => void res.json(Object.assign(req.session, { oidc: gone })))
      },
    })
    onTestFinished(() => app.close())
    const texts: string[] = []
    for (const path of ['/logout', '/private']) {
      await browser.open(`${app.url}/plant`)
      expect(await app.userOf(browser)).toBeNull()
      texts.push((await browser.open(app.url + path)).text)
    }
    expect(texts).toEqual(['public', 'private page of Una at A'])
    expect(await app.userOf(browser)).toMatchObject({ name: 'Una at A' })
  })

  test('goes on with the one while the other is away', async ({ app, a, browser }) => {
    await app.first.ready()
    await a.stop()
    await browser.open(`${app.url}/b/login`)
    expect(await app.seenBy(browser)).toMatchObject({ name: 'Una at B' })
  })

  test('has room for eight sign-ins at each', async ({ app, browser }) => {
    for (let tab = 0; tab < 9; tab += 1) {
      for (const which of ['a', 'b']) await browser.open(`${app.url}/${which}/login`, { follow: false })
    }
    const names = (await browser.cookies(app.url)).map(name => name.slice(0, 13))
    expect(new Set(names).size).toBe(2)
    expect((await browser.jar.getCookieString(app.url)).length).toBeLessThan(16_000)
  })
})

describe('two relying parties that are in the way of each other', () => {
  test.for(['callback', 'login', 'logout', 'logoutCallback'] as const)(
    'are refused where they share the route %s',
    async (route, { startTwo, browser }) => {
      const shared = { ...routesAt('/b'), [route]: routesAt('/a')[route] }
      const app = await startTwo({}, { routes: shared })
      const page = await browser.open(app.url)
      expect([page.status, codeOf(page)]).toEqual([500, 'ERR_OIDC_INVALID_OPTION'])
      expect(app.log.join()).toContain(`options.routes.${route} must differ from every route of the other`)
    },
  )

  test('are refused where they share issuer and name', async ({ startTwo, a, browser }) => {
    const app = await startTwo({}, { issuer: a.issuer })
    const page = await browser.open(app.url)
    expect([page.status, codeOf(page)]).toEqual([500, 'ERR_OIDC_INVALID_OPTION'])
    expect(app.log.join()).toContain('options.name must differ where an app has two relyingParty()')
  })

  test('work as two clients where they share the issuer alone', async ({ startTwo, a, browser }) => {
    const app = await startTwo({}, { issuer: a.issuer, name: 'second' })
    await browser.open(`${app.url}/b/login`)
    const loginUrl = `${app.url}/b/login`
    expect(await app.seenBy(browser)).toEqual({ name: 'Una at A', isAuthenticated: true, loginUrl })
    expect(a.clients.size).toBe(2)
    await browser.open(`${app.url}/a/login`)
    expect(await app.seenBy(browser)).toMatchObject({ loginUrl: `${app.url}/a/login` })
  })

  test('work with equal routes below different paths', async ({ startTwo, browser }) => {
    const app = await startTwo({}, { baseUrl: 'http://localhost:9/below', routes: routesAt('/a') })
    expect((await browser.open(app.url)).text).toBe('public')
  })
})
