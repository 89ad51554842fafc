import { setTimeout as pause } from 'node:timers/promises'
import type { SessionData } from 'express-session'
import { afterAll, beforeAll, describe, expect, vi } from 'vitest'
import { guardTouch } from '../../src/session/logout/guarded-touch.ts'
import { Browser } from '../support/browser.ts'
import { test as scripted } from '../support/flow.ts'
import { type RunOptions, runStoreApp, type StoreApp } from '../support/logout/session-store-app.ts'
import {
  type SessionKeeper,
  type SessionStoreKind,
  sessionStoreKinds,
} from '../support/logout/session-stores.ts'
import { isSignedIn, logOut } from '../support/logout.ts'
import { BUILD_TIME } from '../support/processes/ferretdb-server.ts'

for (const kind of sessionStoreKinds)
  describe.skipIf(kind.isMissing())(`sessions in ${kind.name}`, () => testSessions(kind))

function testSessions({ survives, rewrites = false, start: startKeeper }: SessionStoreKind): void {
  let keeper: SessionKeeper
  beforeAll(async () => {
    keeper = await startKeeper()
  }, BUILD_TIME)
  afterAll(() => keeper?.remove())

  const test = scripted.extend('run', ({ start, directory }) => {
    return (options?: RunOptions): Promise<StoreApp> =>
      runStoreApp({ start, keeper, directory, survives }, options)
  })

  const restarted = survives ? 'stay, and a logout token that comes first ends them' : 'are gone'
  test(`after a restart they ${restarted}`, async ({ run, provider }) => {
    const first = await run()
    const [visitor, other] = [await first.visit(), await first.visit()]
    await first.close()
    const app = await run({ port: Number(new URL(first.url).port) })
    await app.rp.ready()
    expect(await app.has(visitor.sessionId)).toBe(survives)
    expect(await logOut(provider, app, { sid: visitor.sid })).toBe(200)
    expect(await app.has(visitor.sessionId)).toBe(false)
    expect(await isSignedIn(visitor, app)).toEqual([false])
    expect(await isSignedIn(other, app)).toEqual([survives])
  })

  test('a sign-in keeps the data of a session, and gives it another id', async ({ run }) => {
    const app = await run()
    const browser = new Browser()
    await browser.open(`${app.url}/write`)
    const { text: before } = await browser.open(`${app.url}/session-id`)
    const visitor = await app.visit(browser)
    expect(visitor.sessionId).not.toBe(before)
    expect([await app.has(before), await app.has(visitor.sessionId)]).toEqual([false, true])
  })

  const requests = [
    ['saves it', { path: '/write-slowly', session: {} }],
    ['only reads it', { path: '/read-slowly', session: {} }],
    ['only reads it, with rolling,', { path: '/read-slowly', session: { rolling: true } }],
    ['only reads it, with resave,', { path: '/read-slowly', session: { resave: true } }],
  ] as const
  test.for(requests)(
    'a slow request that %s does not bring back a session that was ended meanwhile',
    async ([, { path, session }], { run, provider }) => {
      let meanwhile = async (): Promise<void> => undefined
      const app = await run({
        session,
        mount(express) {
          express.get('/:kind-slowly', async (req, res) => {
            if (req.params.kind === 'write') Object.assign(req.session, { written: true })
            await meanwhile()
            res.send('read to the end')
          })
        },
      })
      const [visitor, other] = [await app.visit(), await app.visit()]
      await visitor.browser.open(app.url + path)
      expect(await app.has(visitor.sessionId)).toBe(true)
      meanwhile = async () => expect(await logOut(provider, app, { sid: visitor.sid })).toBe(200)
      expect((await visitor.browser.open(app.url + path)).text).toBe('read to the end')
      expect((await other.browser.open(app.url + path)).text).toBe('read to the end')
      expect(app.errors).toEqual([])
      expect([await app.has(visitor.sessionId), await app.has(other.sessionId)]).toEqual([false, true])
      expect(await isSignedIn(visitor, app)).toEqual([false])
    },
  )

  const looks = rewrites ? 'are looked at again' : 'need no second look'
  test(`${looks} after they were touched`, async ({ onTestFinished }) => {
    const { store, close } = await keeper.open()
    onTestFinished(close)
    const find = vi.fn(() => undefined)
    guardTouch(store, find)
    const expires = new Date(Date.now() + 60_000)
    const session = { cookie: { originalMaxAge: 60_000, expires } } as SessionData
    await new Promise(done => store.set('touched', session, done))
    await new Promise<void>(done => store.touch?.('touched', session, done))
    expect(find).toHaveBeenCalledTimes(rewrites ? 1 : 0)
  })

  test('are listed without one that the store has dropped, and all ended', async ({ run }) => {
    const app = await run()
    const [dropped, other] = [await app.visit(), await app.visit()]
    await app.drop(dropped.sessionId)
    expect(await app.rp.sessions.of('user-1')).toMatchObject([{ id: other.id }])
    await app.rp.sessions.endAll('user-1')
    expect(await app.has(other.sessionId)).toBe(false)
    expect(await app.rp.sessions.of('user-1')).toEqual([])
  })

  test('end when they were not used for their idle time', async ({ run }) => {
    const app = await run({ session: { cookie: { maxAge: 1_000 } } })
    const visitor = await app.visit()
    const cookie = await visitor.browser.jar.getCookieString(app.url)
    await pause(2_100)
    expect(await (await fetch(`${app.url}/me`, { headers: { cookie } })).json()).toBeNull()
    expect(await app.has(visitor.sessionId)).toBe(false)
    expect(await app.rp.sessions.of('user-1')).toEqual([])
  })
}
