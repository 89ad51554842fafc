import { MemoryStore } from 'express-session'
import { describe, expect, vi } from 'vitest'
import { memoryStore } from '../../../../src/index.ts'
import { openStatus, reachAnswer, test } from '../../../support/apps/reported-app.ts'
import { until } from '../../../support/clock.ts'
import { codeOf } from '../../../support/flow.ts'
import { breakable } from '../../../support/stores/breakable.ts'

/** Lets the stores be late after a moment. */
function hurryStores(): void {
  const { setTimeout: timer } = globalThis
  vi.spyOn(globalThis, 'setTimeout').mockImplementation((run: () => void, milliseconds?: number) =>
    timer(run, milliseconds === 2_000 ? 20 : milliseconds),
  )
}

describe('while the provider is away, the status', () => {
  test('says why the app is not ready, and later that it is', async ({ op, startReported }) => {
    await op.stop()
    const app = await startReported()
    await until(() => app.rp.status().state === 'failing')
    const { app: shared, process: own, problems } = await app.report()
    const code = 'ERR_OIDC_PROVIDER_UNAVAILABLE'
    expect(shared).toMatchObject({ issuer: op.issuer, isRegistered: true, retiring: [] })
    expect(shared).not.toHaveProperty('clientId')
    expect(own).toMatchObject({ state: 'failing', lastError: { code }, errors: [{ code }] })
    expect(own.provider.lastFailure).toContain(new URL(op.issuer).host)
    expect(problems).toEqual([
      expect.stringMatching(
        /^Discovery or registration failed .+the connection was refused.+\(ERR_OIDC_PROVIDER_UNAVAILABLE\)$/,
      ),
    ])

    await op.start()
    await app.rp.ready()
    const later = await app.report()
    expect([later.problems, later.process.state]).toEqual([[], 'ready'])
    expect(later.process).not.toHaveProperty('lastError')
    expect(later.process.errors).toMatchObject([{ code, reference: expect.stringMatching(/^\w{8}$/) }])
    expect(later.process.provider.lastAnswerAt).toBeDefined()
  })

  test('says so while the app stays ready, until the provider answers again', async ({
    op,
    reported,
    browser,
  }) => {
    await reported.rp.ready()
    const callback = await reachAnswer(browser, reported)
    await op.stop()
    const failed = await browser.open(callback.href)
    expect([failed.status, codeOf(failed)]).toEqual([503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'])
    const away = await reported.report()
    expect(away.process.state).toBe('ready')
    expect(away.problems).toEqual([expect.stringMatching(/^The provider did not answer the last request/)])
    expect(away.process.errors).toMatchObject([{ code: 'ERR_OIDC_PROVIDER_UNAVAILABLE', count: 1 }])
    expect(failed.text).toContain(away.process.errors[0]?.reference)

    await op.start()
    expect((await browser.open(`${reported.url}/private`)).status).toBe(200)
    const back = await reported.report()
    expect([back.problems, back.process.sessions.signIns]).toEqual([[], 1])
  })
})

describe('while a store is away, the status', () => {
  test('names it and the reason, and later that it answers', async ({ startReported }) => {
    const { store, breakWith } = breakable(memoryStore())
    const app = await startReported({ relyingParty: { store } })
    await app.rp.ready()
    breakWith(() => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:6379')))
    const { process: own, problems } = await app.report()
    expect(own.stores.records).toMatchObject({
      state: 'unavailable',
      reason: expect.stringContaining('connect ECONNREFUSED 10.0.0.7:6379'),
    })
    expect(problems).toEqual([expect.stringMatching(/^The library's store cannot be used\. /)])
    breakWith(undefined)
    expect((await app.report()).problems).toEqual([])
  })

  test('answers although both stores hang', async ({ startReported, browser }) => {
    const { store, breakWith } = breakable(memoryStore())
    const sessions = new MemoryStore()
    const app = await startReported({ relyingParty: { store }, session: { store: sessions } })
    await app.rp.ready()
    await browser.open(`${app.url}/`)
    hurryStores()
    breakWith(() => new Promise(() => undefined))
    const hanging = vi.spyOn(sessions, 'get').mockImplementation(() => undefined)
    const { stores } = (await app.report()).process
    expect([stores.records.state, stores.sessions.state]).toEqual(['unavailable', 'unavailable'])
    expect(stores.sessions.reason).toContain('no answer within 2 s')
    breakWith(undefined)
    hanging.mockRestore()
    expect((await app.report()).problems).toEqual([])
  })

  test('says in seconds how long it took to answer', async ({ startReported, browser }) => {
    const { store, breakWith } = breakable(memoryStore())
    const app = await startReported({ relyingParty: { store } })
    await app.rp.ready()
    breakWith(() => new Promise(resolve => setTimeout(() => resolve(undefined), 60)))
    const { duration } = (await app.report()).process.stores.records
    expect(duration).toBeGreaterThanOrEqual(0.05)
    expect(duration).toBeLessThan(2)
    expect((await openStatus(app, browser)).text).toMatch(/answered in \d{2,4} ms/)
  })

  test('asks it once for all who want to know at the same time', async ({ startReported }) => {
    const { store, breakWith, reads } = breakable(memoryStore())
    const app = await startReported({ relyingParty: { store } })
    await app.rp.ready()
    let release = (): void => undefined
    breakWith(() => new Promise(resolve => (release = () => resolve(undefined))))
    const before = reads()
    const asked = [app.report(), app.report(), app.report()]
    await until(() => reads() > before)
    await new Promise(resolve => setTimeout(resolve, 50))
    release()
    const [first, ...others] = await Promise.all(asked)
    expect(others).toEqual([first, first])
    expect(reads() - before).toBe(1)
  })

  test('takes a session file that is not there for an answer, and a socket that is not there for none', async ({
    startReported,
    browser,
  }) => {
    const sessions = new MemoryStore()
    const app = await startReported({ session: { store: sessions } })
    await browser.open(`${app.url}/`)
    const fail = (syscall: string) => {
      const error = Object.assign(new Error(`${syscall} ENOENT /run/nowhere`), { code: 'ENOENT', syscall })
      vi.spyOn(sessions, 'get').mockImplementation((_id, done) => done(error))
    }
    fail('open')
    expect((await app.report()).process.stores.sessions.state).toBe('available')
    fail('connect')
    expect((await app.report()).process.stores.sessions).toMatchObject({
      state: 'unavailable',
      reason: expect.stringContaining('connect ENOENT /run/nowhere'),
    })
  })

  test('escapes what it says', async ({ startReported, browser }) => {
    const { store, breakWith } = breakable(memoryStore())
    const app = await startReported({ relyingParty: { store } })
    await app.rp.ready()
    breakWith(() => Promise.reject(new Error('<img src=x onerror="alert(1)">')))
    const { text } = await openStatus(app, browser)
    expect(text).toContain('&lt;img src=x')
    expect(text).not.toContain('<img')
  })
})

test('the status says that the sessions are kept where a logout would miss them', async ({
  startReported,
  browser,
}) => {
  vi.stubEnv('NODE_ENV', 'production')
  class FileStore extends MemoryStore {}
  const app = await startReported({ session: { store: new FileStore() } })
  await app.rp.ready()
  const refused = await browser.open(`${app.url}/`)
  expect([refused.status, codeOf(refused)]).toEqual([500, 'ERR_OIDC_STORE_NOT_SHARED'])
  expect((await app.report()).problems).toEqual([expect.stringMatching(/^The sessions are in FileStore/)])
})
