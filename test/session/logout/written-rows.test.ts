import { MemoryStore, type SessionData } from 'express-session'
import { expect } from 'vitest'
import { isSignedIn, logOut, showLogin, test, visit } from '../../support/logout.ts'

/** How an app may write the row of a session without the session object. */
const rows: Readonly<Record<string, (session: SessionData) => object>> = {
  'a plain object': session => ({ ...session }),
  'a plain object with something else where express-session has the request': session => ({
    ...session,
    req: { url: '/' },
  }),
}

test.for(Object.keys(rows))(
  'a session whose row the app writes itself is gone: %s',
  async (way, { start, provider }) => {
    const app = await start({
      after(mounted) {
        showLogin(mounted)
        mounted.get('/row', async (req, res) => {
          expect(await logOut(provider, app, { sid: req.oidc.claims?.sid })).toBe(200)
          const row = rows[way]?.(req.session) as SessionData
          await new Promise(done => req.sessionStore.set(req.session.id, row, done))
          res.send('written')
        })
      },
    })
    const visitor = await visit(app)
    expect((await visitor.browser.open(`${app.url}/row`)).text).toBe('written')
    expect(await isSignedIn(visitor, app)).toEqual([false])
  },
)

test('requests of one store get the same guard, and the store itself stays as it is', async ({ start }) => {
  const store = new MemoryStore()
  const guards = new Set<unknown>()
  const app = await start({
    session: { store },
    after(mounted) {
      mounted.get('/guard', (req, res) => void res.send(String(guards.add(req.sessionStore).size)))
    },
  })
  await fetch(`${app.url}/guard`)
  expect(await (await fetch(`${app.url}/guard`)).text()).toBe('1')
  expect(guards.has(store)).toBe(false)
  expect(Object.hasOwn(store, 'set')).toBe(false)
})
