import session from 'express-session'
import { describe, expect } from 'vitest'
import { memoryStore, type Store } from '../../../../src/index.ts'
import { concurrencyLimit } from '../../../../src/middleware/routes/logout/concurrency-limit.ts'
import { asProgram, codeOf, expectSignIn } from '../../../support/flow.ts'
import { isSignedIn, showLogin, test, visit } from '../../../support/logout.ts'

/** A session store that outlives the process, as far as its name tells. */
class ServerStore extends session.MemoryStore {}

describe('where the sessions are on a server and our store is not', () => {
  test('the first request makes the log say which line to add, once', async ({ start }) => {
    const app = await start({ session: { store: new ServerStore() } })
    await fetch(app.url)
    await fetch(app.url)
    const said = app.log.filter(sentence => sentence.includes('ERR_OIDC_STORE_NOT_SHARED'))
    expect(said).toEqual([expect.stringContaining('store: redisStore(client)')])
  })

  test('every request is refused in production', async ({ start, browser, onTestFinished }) => {
    const before = process.env['NODE_ENV']
    process.env['NODE_ENV'] = 'production'
    onTestFinished(() => {
      process.env['NODE_ENV'] = before
    })
    const app = await start({ session: { store: new ServerStore() } })
    for (const path of ['/', '/login', '/backchannel-logout']) {
      const page = await browser.open(app.url + path, asProgram)
      expect([page.status, codeOf(page)]).toEqual([500, 'ERR_OIDC_STORE_NOT_SHARED'])
    }
    const shared = await start({
      session: { store: new ServerStore() },
      relyingParty: { store: { ...memoryStore(), shared: true }, name: 'app' },
    })
    await expectSignIn({ app: shared, browser })
  })

  test.for([
    ['both are shared', { session: { store: new ServerStore() }, shared: true }],
    ['both end with the process', { session: {}, shared: false }],
  ] as const)('nothing is said where %s', async ([, { session: options, shared }], { start, browser }) => {
    const store: Store = { ...memoryStore(), shared }
    const app = await start({ session: options, relyingParty: { store, name: 'app' } })
    await expectSignIn({ app, browser })
    expect(app.log.join('\n')).not.toContain('ERR_OIDC_STORE_NOT_SHARED')
  })
})

describe('while our store is away', () => {
  test('a sign-out clears the browser, deletes the session, and says that it could not be finished', async ({
    start,
  }) => {
    const inner = memoryStore()
    let isAway = false
    const away = <Result>(call: () => Promise<Result>): Promise<Result> =>
      isAway ? Promise.reject(new Error('the disk is full')) : call()
    const store: Store = {
      ...inner,
      get: key => away(() => inner.get(key)),
      set: (key, value, options) => away(() => inner.set(key, value, options)),
      delete: (key, options) => away(() => inner.delete(key, options)),
    }
    const app = await start({ relyingParty: { store }, after: showLogin })
    const { browser } = await visit(app)
    const cookie = await browser.jar.getCookieString(app.url)
    isAway = true
    const page = await browser.post(`${app.url}/logout`, {}, { follow: false })
    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_LOGOUT_INCOMPLETE'])
    expect(await browser.cookies(app.url)).toEqual([expect.stringMatching(/^oidc-silent\./)])
    expect(await (await fetch(`${app.url}/me`, { headers: { cookie } })).json()).toBeNull()
    isAway = false
    expect(await isSignedIn({ browser }, app)).toEqual([false])
    await expectSignIn({ app, browser })
  })
})

describe('the concurrencyLimit', () => {
  test('lets so many through at a time, the others in turn, and turns away who would stand too far back', async () => {
    const admit = concurrencyLimit(2, 3)
    const begun: number[] = []
    const leave: (() => void)[] = []
    const work = (number: number) => () =>
      new Promise<number>(resolve => {
        begun.push(number)
        leave.push(() => resolve(number))
      })
    const admitted = [1, 2, 3, 4, 5].map(number => admit(work(number)))
    await expect(admit(work(6))).rejects.toMatchObject({
      code: 'ERR_OIDC_OVERLOADED',
      status: 429,
      retryAfter: 2,
    })
    expect(begun).toEqual([1, 2])
    for (let next = leave.shift(), count = 1; next; next = leave.shift(), count += 1) {
      next()
      expect(await admitted[count - 1]).toBe(count)
      await Promise.resolve()
    }
    expect(begun).toEqual([1, 2, 3, 4, 5])
  })

  test('is free again after work that failed', async () => {
    const admit = concurrencyLimit(1, 1)
    await expect(admit(() => Promise.reject(new Error('in vain')))).rejects.toThrow('in vain')
    expect(await admit(async () => 'done')).toBe('done')
  })
})
