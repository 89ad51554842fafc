import { describe, expect } from 'vitest'
import { startReplicas } from '../../../support/apps/replicas.ts'
import { pass, stopClock } from '../../../support/clock.ts'
import { codeOf, expectSignIn, reachCallback } from '../../../support/flow.ts'
import {
  isSignedIn,
  logOut,
  logoutToken,
  postLogout,
  showLogin,
  test,
  visit,
} from '../../../support/logout.ts'
import { toldEvents } from '../../../support/told-events.ts'

stopClock()

describe('a logout token', () => {
  test('with a sid ends that session at the provider and no other, and is answered by 200', async ({
    app,
    provider,
  }) => {
    const [meant, other] = [await visit(app), await visit(app)]
    const answer = await postLogout(app, await logoutToken(provider, { sid: meant.sid }))
    expect([answer.status, await answer.text(), answer.headers.get('cache-control')]).toEqual([
      200,
      '',
      'no-store',
    ])
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(await isSignedIn(meant, app)).toEqual([false])
    expect(await isSignedIn(other, app)).toEqual([true])
    await expectSignIn({ app, browser: meant.browser })
  })

  test('ends every login of that session at the provider', async ({ app, provider }) => {
    provider.idToken = (claims, header) => ({ claims: { ...claims, sid: 'one' }, header })
    const [one, two] = [await visit(app), await visit(app)]
    expect(await logOut(provider, app, { sid: 'one' })).toBe(200)
    expect([await isSignedIn(one, app), await isSignedIn(two, app)]).toEqual([[false], [false]])
  })

  test('with only a sub ends what the user had begun, and not what they begin later', async ({
    app,
    provider,
  }) => {
    const [one, two] = [await visit(app), await visit(app)]
    provider.user = { ...provider.user, sub: 'user-2' }
    const other = await visit(app)
    const token = await logoutToken(provider, { sub: one.sub })
    expect((await postLogout(app, token)).status).toBe(200)
    expect([await isSignedIn(one, app), await isSignedIn(two, app)]).toEqual([[false], [false]])
    expect(await isSignedIn(other, app)).toEqual([true])
    pass(1_000)
    provider.user = { ...provider.user, sub: one.sub }
    const again = await visit(app, one.browser)
    expect((await postLogout(app, token)).status).toBe(200)
    expect(await logOut(provider, app, { sub: one.sub, iat: seconds() - 1 })).toBe(200)
    expect(await isSignedIn(again, app)).toEqual([true])
    expect(await isSignedIn(two, app)).toEqual([false])
  })

  test.for([
    ['an ID token that does not say when the user authenticated', undefined, 400],
    ['an ID token that says he did so afterwards', 0, 303],
  ] as const)(
    'with a sub alone, while a sign-in is away, judges by its start %s',
    async ([, authTime, status], { app, provider, browser }) => {
      provider.idToken = (claims, header) => ({
        claims: { ...claims, auth_time: authTime === undefined ? undefined : claims.iat },
        header,
      })
      await app.rp.ready()
      const callback = await reachCallback(browser, app)
      expect(await logOut(provider, app, { sub: 'user-1', iat: seconds() - 1 })).toBe(200)
      expect((await browser.open(callback.href, { follow: false })).status).toBe(status)
      expect(await isSignedIn({ browser }, app)).toEqual([status === 303])
      pass(1)
      await expectSignIn({ app, browser })
    },
  )

  test('with a sub alone lets the user in again whom the provider still knows by an older sign-in', async ({
    app,
    provider,
  }) => {
    const { browser, sub } = await visit(app)
    const authTime = seconds()
    provider.idToken = (claims, header) => ({ claims: { ...claims, auth_time: authTime }, header })
    pass(60_000)
    expect(await logOut(provider, app, { sub })).toBe(200)
    pass(30_000)
    expect(codeOf(await browser.open(`${app.url}/private`))).toBe('ERR_OIDC_LOGIN_CUT_SHORT')
    expect(await isSignedIn({ browser }, app)).toEqual([false])
    pass(1)
    await expectSignIn({ app, browser })
    expect(await logOut(provider, app, { sub })).toBe(200)
    expect(await isSignedIn({ browser }, app)).toEqual([false])
  })

  test('with a sub alone that is older than one before takes nothing back', async ({
    app,
    provider,
    browser,
  }) => {
    await app.rp.ready()
    const callback = await reachCallback(browser, app)
    expect(await logOut(provider, app, { sub: 'user-1', iat: seconds() })).toBe(200)
    expect(await logOut(provider, app, { sub: 'user-1', iat: seconds() - 60 })).toBe(200)
    expect(codeOf(await browser.open(callback.href))).toBe('ERR_OIDC_LOGIN_CUT_SHORT')
    expect(await isSignedIn({ browser }, app)).toEqual([false])
  })

  test('with both ends the sessions to which both belong', async ({ app, provider }) => {
    const meant = await visit(app)
    const other = await visit(app)
    expect(await logOut(provider, app, { sid: meant.sid, sub: 'user-2' })).toBe(200)
    expect(await isSignedIn(meant, app)).toEqual([true])
    expect(await logOut(provider, app, { sid: meant.sid, sub: meant.sub })).toBe(200)
    expect([await isSignedIn(meant, app), await isSignedIn(other, app)]).toEqual([[false], [true]])
  })

  test('of a session that is not known, or is over, is answered in the same way', async ({
    app,
    provider,
  }) => {
    const { sid } = await visit(app)
    const answers = [sid, sid, 'unknown'].map(async value => {
      const answer = await postLogout(app, await logoutToken(provider, { sid: value }))
      return [answer.status, await answer.text(), [...answer.headers.keys()].sort()]
    })
    const [first, ...others] = await Promise.all(answers)
    for (const other of others) expect(other).toEqual(first)
  })

  test.for(['sid', 'sub'] as const)(
    'by %s is not done twice, and its retry is answered by 200',
    async (by, { app, provider }) => {
      const events = toldEvents()
      const { sid, sub } = await visit(app)
      const token = await logoutToken(provider, by === 'sid' ? { sid } : { sub })
      expect([(await postLogout(app, token)).status, (await postLogout(app, token)).status]).toEqual([
        200, 200,
      ])
      const received = events.filter(({ name }) => name === 'logout.received')
      expect(received.map(({ message }) => message)).toEqual([
        {
          issuer: provider.issuer,
          channel: 'back',
          by,
          endedLogins: 1,
          duration: expect.any(Number),
        },
      ])
      expect(events.filter(({ name }) => name === 'login.ended')).toHaveLength(1)
      expect(JSON.stringify(events)).not.toContain(sid)
    },
  )

  test('ends the sessions on every replica before it is answered', async ({ start, provider }) => {
    const apps = await startReplicas(start, 3)
    const [one, , three] = apps
    const visitor = await visit(one)
    expect(await isSignedIn(visitor, ...apps)).toEqual([true, true, true])
    expect(await logOut(provider, three, { sid: visitor.sid })).toBe(200)
    expect(await isSignedIn(visitor, ...apps)).toEqual([false, false, false])
  })

  test('for a client that retires is taken', async ({ provider, start }) => {
    const app = await start({
      after: showLogin,
      relyingParty: { metadata: { token_endpoint_auth_method: 'client_secret_basic' } },
    })
    const visitor = await visit(app)
    const [former] = provider.clients.keys()
    expect(await app.rp.rotate()).toBe('replacement')
    const later = await visit(app)
    expect(provider.clients.size).toBe(2)
    expect(await logOut(provider, app, { sid: visitor.sid, aud: former })).toBe(200)
    expect([await isSignedIn(visitor, app), await isSignedIn(later, app)]).toEqual([[false], [true]])
  })

  test('of a static client is taken', async ({ app, provider, start }) => {
    await app.rp.ready()
    const [clientId = ''] = provider.clients.keys()
    const other = await start({
      after: showLogin,
      relyingParty: { client: { clientId: 'by-hand' }, name: 'static' },
    })
    expect(await logOut(provider, other, { sid: 'any', aud: 'by-hand' })).toBe(200)
    expect(await logOut(provider, other, { sid: 'any', aud: clientId })).toBe(400)
  })
})

const seconds = (): number => Math.floor(Date.now() / 1_000)
