import session from 'express-session'
import { describe, expect } from 'vitest'
import { startReplicas } from '../../support/apps/replicas.ts'
import { pass, stopClock } from '../../support/clock.ts'
import { isSignedIn, showLogin, test, visit } from '../../support/logout.ts'

stopClock()

describe('the directory of sessions', () => {
  test('lists those of a user, the newest first, and says which one is this', async ({ app, provider }) => {
    const first = await visit(app)
    pass(60_000)
    const second = await visit(app)
    provider.user = { ...provider.user, sub: 'user-2' }
    const other = await visit(app)
    const listed = await app.rp.sessions.of(first.sub)
    expect(listed.map(({ id }) => id)).toEqual([second.id, first.id])
    const [{ startedAt, expiresAt } = { startedAt: new Date(0), expiresAt: new Date(0) }] = listed
    expect(startedAt.getTime() - (listed[1]?.startedAt.getTime() ?? 0)).toBe(60_000)
    expect(expiresAt.getTime() - startedAt.getTime()).toBe(8 * 3_600_000)
    expect(await app.rp.sessions.of(other.sub)).toHaveLength(1)
    expect(await app.rp.sessions.of('nobody')).toEqual([])
  })

  test('ends one session, all others, or all, on every replica', async ({ start, provider }) => {
    const apps = await startReplicas(start, 2)
    const [one, two] = apps
    const [a, b, c, d] = [await visit(one), await visit(one), await visit(one), await visit(one)]
    provider.user = { ...provider.user, sub: 'user-2' }
    const other = await visit(one)
    const present = async (): Promise<boolean[]> =>
      (await Promise.all([a, b, c, d, other].map(visitor => isSignedIn(visitor, ...apps)))).flat()
    await expect(two.rp.sessions.end(a.sub, a.id)).rejects.toMatchObject({
      code: 'ERR_OIDC_SESSION_UNAVAILABLE',
    })
    await fetch(two.url) // now it knows where the sessions are
    expect(await two.rp.sessions.end(a.sub, a.id)).toBe(true)
    expect(await present()).toEqual([false, false, true, true, true, true, true, true, true, true])
    expect(await two.rp.sessions.end(a.sub, a.id)).toBe(false)
    expect(await two.rp.sessions.end(a.sub, other.id)).toBe(false)
    for (const none of [undefined, ''])
      await expect(two.rp.sessions.endOthers(a.sub, none)).rejects.toMatchObject({
        code: 'ERR_OIDC_INVALID_OPTION',
      })
    expect(await present()).toEqual([false, false, true, true, true, true, true, true, true, true])
    expect(await two.rp.sessions.endOthers(a.sub, b.id)).toBe(2)
    expect(await present()).toEqual([false, false, true, true, false, false, false, false, true, true])
    expect(await two.rp.sessions.endAll(a.sub)).toBe(1)
    expect(await present()).toEqual([...Array(8).fill(false), true, true])
    expect(await one.rp.sessions.of(a.sub)).toEqual([])
  })

  test('forgets what was signed out, replaced, or ended by its idle time', async ({ start }) => {
    const store = new session.MemoryStore()
    const app = await start({ session: { store, cookie: { maxAge: 60_000 } }, after: showLogin })
    const visitor = await visit(app)
    await visitor.browser.open(`${app.url}/login?returnTo=/private`)
    expect(await app.rp.sessions.of(visitor.sub)).toHaveLength(1)
    await visitor.browser.post(`${app.url}/logout`, {}, { follow: false })
    expect(await app.rp.sessions.of(visitor.sub)).toEqual([])
    await visit(app, visitor.browser)
    pass(60_001)
    expect(await app.rp.sessions.of(visitor.sub)).toEqual([])
  })
})
