import { describe, expect } from 'vitest'
import { startReplicas, watchedStore } from '../../support/apps/replicas.ts'
import { Browser } from '../../support/browser.ts'
import { pass, setClock, stopClock } from '../../support/clock.ts'
import { codeOf, expectSignIn, reachCallback, test } from '../../support/flow.ts'
import { isSignedIn, logOut, showLogin, visit } from '../../support/logout.ts'
import { status } from '../../support/scripted-provider.ts'
import { LIFE, refreshesAt, test as tokenTest } from '../../support/tokens/token-flow.ts'
import { askToken } from '../../support/tokens/token-routes.ts'

stopClock()

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe('a session from a clock that was ahead', () => {
  test.for([
    ['a day', DAY],
    ['a year', 365 * DAY],
  ] as const)('by %s signs nobody in, and the log says why', async ([, ahead], { app, browser }) => {
    setClock(ahead)
    await expectSignIn({ app, browser })
    setClock(-ahead)
    expect(await app.userOf(browser)).toBeNull()
    expect(await app.userOf(browser)).toBeNull()
    expect(app.log.filter(line => line.includes('began later than now'))).toHaveLength(1)
    await expectSignIn({ app, browser })
  })

  test.for([
    ['a second', 1_000],
    ['four minutes', 240_000],
  ] as const)('by %s goes on', async ([, ahead], { app, browser }) => {
    setClock(ahead)
    await expectSignIn({ app, browser })
    setClock(-ahead)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    pass(8 * HOUR + ahead)
    expect(await app.userOf(browser)).toBeNull()
  })
})

describe('an access token from a clock that was ahead', () => {
  tokenTest('is renewed, as nobody knows when it expires', async ({ provider, app, browser }) => {
    setClock(HOUR)
    await askToken(app, browser)
    pass(LIFE)
    const { token } = await askToken(app, browser)
    const before = refreshesAt(provider).length
    setClock(-HOUR)
    const renewed = await askToken(app, browser)
    expect([renewed.status, refreshesAt(provider).length]).toEqual([200, before + 1])
    expect(renewed.token).not.toBe(token)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })
})

describe('a user who signed in while the clock was an hour behind', () => {
  test('is signed out by the provider', async ({ provider, start, browser }) => {
    const app = await start({ after: showLogin })
    setClock(-HOUR)
    await expectSignIn({ app, browser })
    setClock(HOUR)
    expect(await logOut(provider, app, { sub: 'user-1' })).toBe(200)
    expect(await app.userOf(browser)).toBeNull()
  })
})

describe('a user who authenticated later than the ID token was issued, as it says', () => {
  test.for([
    ['by a clock that is 20 seconds ahead', 0, 20],
    ['by an iat that is five minutes back', -300, 0],
  ] as const)(
    '%s is signed out by the provider, too',
    async ([, issued, authenticated], { provider, start, browser }) => {
      const app = await start({ after: showLogin })
      provider.idToken = (claims, header) => {
        const times = { iat: claims.iat + issued, auth_time: claims.iat + authenticated }
        return { claims: { ...claims, ...times }, header }
      }
      await expectSignIn({ app, browser })
      pass(1_000)
      expect(await logOut(provider, app, { sub: 'user-1' })).toBe(200)
      expect(await app.userOf(browser)).toBeNull()
    },
  )
})

describe('a session that was taken for expired while the clock was ahead', () => {
  test.for(['sid', 'sub'] as const)('is found by a logout by %s', async (kind, { provider, start }) => {
    const { store, rounds } = watchedStore()
    const [app] = await startReplicas(start, 1, { store, relyingParty: { rereadEvery: 0.1 } })
    provider.idToken = (claims, header) => ({ claims: { ...claims, sid: 'shared' }, header })
    const visitor = await visit(app)
    setClock(DAY)
    await visit(app) // drops what has expired from the index of this user and of this session at the provider
    await rounds()
    setClock(-DAY)
    await rounds(6)
    expect(await isSignedIn(visitor, app)).toEqual([true])
    expect(await logOut(provider, app, { [kind]: visitor[kind] })).toBe(200)
    expect(await isSignedIn(visitor, app)).toEqual([false])
  })
})

describe('what was noted while the clock was ahead', () => {
  test.for([
    ['a day', DAY],
    ['a year', 365 * DAY],
  ] as const)(
    'by %s: a logout of a user ends no sign-in for longer than a minute',
    async ([, ahead], { provider, start, browser }) => {
      const app = await start({ after: showLogin })
      provider.idToken = ({ auth_time: _, ...claims }, header) => ({ claims, header })
      setClock(ahead)
      await expectSignIn({ app, browser })
      expect(
        await logOut(provider, app, { sub: 'user-1', iat: Math.floor((Date.now() - ahead) / 1_000) }),
      ).toBe(400)
      expect(await logOut(provider, app, { sub: 'user-1' })).toBe(200)
      setClock(-ahead)
      pass(1_000)
      const early = await new Browser().open(`${app.url}/private`)
      expect([early.status, codeOf(early)]).toEqual([400, 'ERR_OIDC_LOGIN_CUT_SHORT'])
      pass(61_000)
      await expectSignIn({ app, browser: new Browser() })
    },
  )

  tokenTest('a refresh that failed is tried after its usual pause', async ({ provider, app, browser }) => {
    setClock(HOUR)
    pass(LIFE)
    provider.answer('token', status(500))
    expect((await askToken(app, browser)).status).toBe(503)
    setClock(-HOUR)
    provider.answer('token', undefined)
    expect((await askToken(app, browser)).status).toBe(503)
    pass(5_000)
    expect((await askToken(app, browser)).status).toBe(200)
  })

  test.for([
    ['a day, is begun again', DAY, 2],
    ['nine minutes, is begun again', 540_000, 2],
    ['half a minute, goes on', 30_000, 1],
  ] as const)('a sign-in that was begun, by %s', async ([, ahead, times], { provider, app, browser }) => {
    setClock(ahead)
    const callback = await reachCallback(browser, app)
    setClock(-ahead)
    const page = await browser.open(callback.href)
    expect([page.status, page.url]).toEqual([200, `${app.url}/private`])
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    expect(provider.requestsTo('authorize')).toHaveLength(times)
  })
})
