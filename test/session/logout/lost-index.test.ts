import session from 'express-session'
import { describe, expect } from 'vitest'
import { embeddedStore, type Store } from '../../../src/index.ts'
import type { TestApp } from '../../support/app.ts'
import { test } from '../../support/apps/lost-store.ts'
import { startReplicas, watchedStore } from '../../support/apps/replicas.ts'
import { until } from '../../support/clock.ts'
import { test as scripted } from '../../support/flow.ts'
import { isSignedIn, logOut, showLogin, visit } from '../../support/logout.ts'

const relyingParty = { rereadEvery: 0.1 }

describe('after the store has lost the index of logins', () => {
  const lost = /has lost data\. Sessions from before are found again by a logout once they are used/
  const losses = ({ log }: { readonly log: readonly string[] }): number =>
    log.filter(sentence => lost.test(sentence)).length

  test.for(['sid', 'sub'] as const)(
    'a logout by %s ends a session that was used since, on every replica',
    async (kind, { provider, start }) => {
      const { store, wipe, rounds } = watchedStore()
      const [one, other] = await startReplicas(start, 2, { store, relyingParty })
      const visitor = await visit(one)
      await wipe()
      await rounds(6)
      expect(losses(one) + losses(other)).toBe(1)
      expect(await isSignedIn(visitor, one, other)).toEqual([true, true])
      expect(await logOut(provider, other, { [kind]: visitor[kind] })).toBe(200)
      expect(await isSignedIn(visitor, one, other)).toEqual([false, false])
    },
  )

  test.for(['sid', 'sub'] as const)(
    'a logout by %s that comes earlier ends a session at its next request, and no other',
    async (kind, { provider, start }) => {
      const { store, wipe, rounds } = watchedStore()
      const [one, other] = await startReplicas(start, 2, { store, relyingParty })
      const visitor = await visit(one)
      provider.user = { ...provider.user, sub: 'user-2' }
      const another = await visit(one)
      await wipe()
      await rounds(6)
      expect(await logOut(provider, other, { [kind]: visitor[kind] })).toBe(200)
      expect(await isSignedIn(visitor, one, other)).toEqual([false, false])
      expect(await isSignedIn(another, one, other)).toEqual([true, true])
    },
  )

  test('a session returns once, and not while the store is unavailable', async ({ provider, start }) => {
    const calls: string[] = []
    const {
      store: inner,
      wipe,
      rounds,
    } = watchedStore((operation, key) => {
      if (/^(index|over):/.test(key)) calls.push(operation)
    })
    let isAway = false
    const store: Store = {
      ...inner,
      get: key => (isAway ? Promise.reject(new Error('the store is away')) : inner.get(key)),
    }
    const [app] = await startReplicas(start, 1, { store, relyingParty })
    const [visitor, early] = [await visit(app), await visit(app)]
    await wipe()
    await rounds(6)
    calls.length = 0
    expect(await isSignedIn(visitor, app)).toEqual([true])
    expect(calls.length).toBeGreaterThan(0)
    calls.length = 0
    expect(await isSignedIn(visitor, app)).toEqual([true])
    expect(calls).toEqual([])
    isAway = true
    expect(await isSignedIn(early, app)).toEqual([true])
    isAway = false
    expect(await logOut(provider, app, { sid: visitor.sid })).toBe(200)
    expect(await isSignedIn(visitor, app)).toEqual([false])
  })

  test('a connection that stays open is not opened for a login that has ended meanwhile', async ({
    provider,
    start,
  }) => {
    const { store, wipe, rounds } = watchedStore()
    const app: TestApp = await start({
      after: showLogin,
      before: mounted =>
        mounted.get('/connect', async (req, res) => {
          res.json((await app.rp.authenticate(req)) !== undefined)
        }),
      relyingParty: { store, name: 'app', ...relyingParty },
    })
    const [visitor, another] = [await visit(app), await visit(app)]
    await wipe()
    await rounds(6)
    await logOut(provider, app, { sid: visitor.sid })
    expect((await visitor.browser.open(`${app.url}/connect`)).text).toBe('false')
    expect((await another.browser.open(`${app.url}/connect`)).text).toBe('true')
  })
})

scripted(
  'a session that outlived a restart with the embedded store is found by a logout',
  async ({ provider, start, directory }) => {
    const sessions = new session.MemoryStore()
    const startAgain = (port = 0) =>
      start({
        after: showLogin,
        port,
        session: { store: sessions },
        relyingParty: { store: embeddedStore(directory) },
      })
    const first = await startAgain()
    const visitor = await visit(first)
    await first.close()
    const app = await startAgain(Number(new URL(first.url).port))
    await until(() => app.rp.status().clientId !== undefined)
    expect(await isSignedIn(visitor, app)).toEqual([true])
    expect(await logOut(provider, app, { sid: visitor.sid })).toBe(200)
    expect(await isSignedIn(visitor, app)).toEqual([false])
  },
)
