import type { Express } from 'express'
import { MemoryStore, type SessionData } from 'express-session'
import { describe, expect } from 'vitest'
import type { TestApp, TestAppOptions } from '../../support/app.ts'
import { isSignedIn, logOut, showLogin, test, type Visitor, visit } from '../../support/logout.ts'

type Touch = (sessionId: string, session: SessionData, done?: (error?: unknown) => void) => void

/** A session store whose `touch` takes two steps, between which something else can happen. */
class TwoStepStore extends MemoryStore {
  meanwhile: () => Promise<unknown> = async () => undefined
  /** The second step: what happens to a session that was there at the first. */
  second: Touch = (sessionId, session, done) => this.set(sessionId, session, done)

  override touch: Touch = (sessionId, session, done = () => undefined) => {
    this.get(sessionId, (_, found) => {
      this.meanwhile().then(() => (found ? this.second(sessionId, session, done) : done()), done)
    })
  }
}

const gone = Object.assign(new Error('there is no such session'), { code: 'ENOENT' })

describe('a request that reads a session, which is ended before the store has touched it', () => {
  const seconds: readonly (readonly [string, (store: TwoStepStore) => Touch])[] = [
    ['writes it again', store => store.second],
    [
      'fails if it is gone',
      store => (sessionId, _, done) => store.get(sessionId, (_error, found) => done?.(found ? null : gone)),
    ],
  ]
  test.for(seconds)(
    'stays ended, and is answered, where touch %s',
    async ([, second], { start, provider }) => {
      const store = new TwoStepStore()
      store.second = second(store)
      const { app, errors } = await startApp(start, store)
      const [visitor, other] = [await visit(app), await visit(app)]
      store.meanwhile = async () => expect(await logOut(provider, app, { sid: visitor.sid })).toBe(200)
      expect(await read(app, visitor)).toBe('read')
      expect(await read(app, other)).toBe('read')
      store.meanwhile = async () => undefined
      expect(errors).toEqual([])
      expect([await isSignedIn(visitor, app), await isSignedIn(other, app)]).toEqual([[false], [true]])
    },
  )

  test('stays ended where the store is named as one that touches in one step', async ({
    start,
    provider,
  }) => {
    const RedisStore = class RedisStore extends TwoStepStore {}
    const store = new RedisStore()
    const { app } = await startApp(start, store)
    const visitor = await visit(app)
    store.meanwhile = async () => expect(await logOut(provider, app, { sid: visitor.sid })).toBe(200)
    expect(await read(app, visitor)).toBe('read')
    store.meanwhile = async () => undefined
    expect(await isSignedIn(visitor, app)).toEqual([false])
  })

  test('while another failure of touch reaches the app', async ({ start }) => {
    const store = new TwoStepStore()
    const { app, errors } = await startApp(start, store)
    const visitor = await visit(app)
    store.second = (_id, _session, done) => done?.(new Error('the disk is full'))
    await read(app, visitor).catch(() => undefined) // Express closes the connection
    await expect.poll(() => errors).toEqual([new Error('the disk is full')])
  })
})

type Start = (options: TestAppOptions) => Promise<TestApp>

/** An app with a page that is longer than nothing, and what its own error handler is told. */
async function startApp(start: Start, store: MemoryStore) {
  const errors: unknown[] = []
  const mount = (express: Express): void => {
    showLogin(express)
    express.get('/read', (_req, res) => void res.send('read'))
    express.use((error: unknown, _req: unknown, _res: unknown, next: (error: unknown) => void) => {
      errors.push(error)
      next(error)
    })
  }
  return { app: await start({ session: { store }, after: mount }), errors }
}

const read = async (app: TestApp, { browser }: Visitor): Promise<string> =>
  (await browser.open(`${app.url}/read`)).text
