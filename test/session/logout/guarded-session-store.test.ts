import type { Express, Request } from 'express'
import session from 'express-session'
import { describe, expect } from 'vitest'
import { memoryStore, type Store } from '../../../src/index.ts'
import { isSignedIn, logOut, showLogin, test, visit } from '../../support/logout.ts'

/** Waits for what a method of a session calls back. */
const called = (action: (done: (error?: unknown) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => action(error => (error ? reject(error) : resolve())))

/** What an app does with its session before it saves it. */
const ways: Readonly<Record<string, (req: Request) => Promise<void>>> = {
  save: async () => undefined,
  reload: req => called(done => req.session.reload(done)).catch(() => undefined),
  async copy(req) {
    const { oidc } = req.session
    await called(done => req.session.regenerate(done))
    Object.assign(req.session, { oidc })
  },
}

/** Pages that handle their session, and wait before they save it while `meanwhile` runs. */
function showWays(meanwhile: () => Promise<unknown>): (app: Express) => void {
  return app => {
    showLogin(app)
    for (const [name, handle] of Object.entries(ways)) {
      app.get(`/${name}`, async (req, res) => {
        await handle(req)
        Object.assign(req.session, { written: name })
        await meanwhile()
        if (name !== 'copy') await called(done => req.session.save(done)) // else at the end of the request
        res.send('saved')
      })
    }
  }
}

describe('a session that is saved by the app after its login was ended', () => {
  test.for(Object.keys(ways))('is gone: %s', async (way, { start, provider }) => {
    let sid: string | undefined
    const app = await start({
      after: showWays(async () => sid && expect(await logOut(provider, app, { sid })).toBe(200)),
    })
    const visitor = await visit(app)
    await visitor.browser.open(`${app.url}/${way}`)
    expect(await isSignedIn(visitor, app)).toEqual([true])
    sid = visitor.sid
    expect((await visitor.browser.open(`${app.url}/${way}`)).text).toBe('saved')
    expect(await isSignedIn(visitor, app)).toEqual([false])
  })

  test('is gone at the end of the request, too, where the app has replaced the session object', async ({
    start,
    provider,
  }) => {
    let sid: string | undefined
    const app = await start({
      after(mounted) {
        showLogin(mounted)
        mounted.get('/late', async (req, res) => {
          await called(done => req.session.reload(done))
          Object.assign(req.session, { written: true })
          expect(await logOut(provider, app, { sid })).toBe(200)
          res.send('sent')
        })
      },
    })
    const visitor = await visit(app)
    sid = visitor.sid
    await visitor.browser.open(`${app.url}/late`)
    expect(await isSignedIn(visitor, app)).toEqual([false])
  })
})

describe('a login that the app has copied into another session', () => {
  test('is found there by a logout, with no request in between', async ({ start, provider }) => {
    const app = await start({ after: showWays(async () => undefined) })
    const visitor = await visit(app)
    for (let count = 0; count < 3; count += 1) await visitor.browser.open(`${app.url}/copy`)
    for (let count = 0; count < 3; count += 1) await visitor.browser.open(`${app.url}/write`)
    expect(await isSignedIn(visitor, app)).toEqual([true])
    expect(await app.rp.sessions.of(visitor.sub)).toHaveLength(1)
    expect(await logOut(provider, app, { sid: visitor.sid })).toBe(200)
    expect(await isSignedIn(visitor, app)).toEqual([false])
  })
})

test('while our store is away a written session stays, and is looked at again when it is back', async ({
  start,
  provider,
}) => {
  const sessions = new session.MemoryStore()
  const inner = memoryStore()
  let isAway = false
  const store: Store = {
    ...inner,
    get: key => (isAway ? Promise.reject(new Error('the disk is full')) : inner.get(key)),
  }
  const app = await start({
    session: { store: sessions },
    relyingParty: { store },
    after(mounted) {
      showLogin(mounted)
      mounted.get('/unlucky', async (req, res) => {
        Object.assign(req.session, { written: true })
        expect(await logOut(provider, app, { sid: req.oidc.claims?.sid })).toBe(200)
        isAway = true
        res.send('sent')
      })
    },
  })
  const [lucky, unlucky] = [await visit(app), await visit(app)]
  await unlucky.browser.open(`${app.url}/unlucky`)
  expect((await lucky.browser.open(`${app.url}/write`)).status).toBe(200)
  expect([await isSignedIn(lucky, app), await isSignedIn(unlucky, app)]).toEqual([[true], [true]])
  isAway = false
  await expect.poll(() => isSignedIn(unlucky, app)).toEqual([false])
  expect(await isSignedIn(lucky, app)).toEqual([true])
})
