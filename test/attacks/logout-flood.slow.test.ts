import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { memoryStore, type Store } from '../../src/index.ts'
import type { TestApp } from '../support/app.ts'
import { watchedStore } from '../support/apps/replicas.ts'
import { movableSpans } from '../support/clock.ts'
import { expectSignIn, test } from '../support/flow.ts'
import { junkTokens, unknownKeyTokens } from '../support/logout/junk-tokens.ts'
import { isSignedIn, logoutToken, postLogout, showLogin, visit } from '../support/logout.ts'
import { hang } from '../support/scripted-provider.ts'

const statusesOf = (answers: readonly Response[]): number[] => [
  ...new Set(answers.map(({ status }) => status)),
]

/** The milliseconds that the public page takes, at worst, until some work is done. */
async function slowestPage({ url }: TestApp, work: Promise<unknown>): Promise<number> {
  let slowest = 0
  let isDone = false
  const until = work.finally(() => {
    isDone = true
  })
  while (!isDone) {
    const begun = performance.now()
    expect(await (await fetch(url)).text()).toBe('public')
    slowest = Math.max(slowest, performance.now() - begun)
    await pause(5)
  }
  await until
  return slowest
}

describe('a flood of junk in place of logout tokens', () => {
  test('writes nothing, has the keys fetched twice at most, and keeps out no genuine token', async ({
    start,
    provider,
  }) => {
    const written: string[] = []
    const { store } = watchedStore((operation, key) => {
      if (operation === 'set') written.push(key)
    })
    const app = await start({ after: showLogin, relyingParty: { store, name: 'app' } })
    const [meant, other] = [await visit(app), await visit(app)]
    const kinds = await junkTokens(provider)
    const token = await logoutToken(provider, { sid: meant.sid })
    const fetched = provider.requestsTo('jwks').length
    written.length = 0
    const post = (count: number): Promise<Response[]> =>
      Promise.all(Array.from({ length: count }, (_, index) => postLogout(app, kinds[index % 10]?.() ?? '')))
    for (let round = 0; round < 10; round += 1)
      expect([400, 503]).toEqual(expect.arrayContaining(statusesOf(await post(200))))
    expect(written.filter(key => !/^(client|lease|losses):/.test(key))).toEqual([])
    expect(provider.requestsTo('jwks').length - fetched).toBeLessThanOrEqual(2)
    const [genuine] = await Promise.all([postLogout(app, token), post(200)])
    expect(genuine.status).toBe(200)
    expect([await isSignedIn(meant, app), await isSignedIn(other, app)]).toEqual([[false], [true]])
    await expectSignIn({ app, browser: meant.browser })
  })

  test('keeps no genuine token waiting while the keys cannot be read', async ({ start, provider }) => {
    const app = await start({ after: showLogin })
    const visitor = await visit(app)
    const token = await logoutToken(provider, { sid: visitor.sid })
    const forge = await unknownKeyTokens(provider)
    provider.answer('jwks', hang())
    const junk = Array.from({ length: 300 }, () => postLogout(app, forge()))
    await expect.poll(() => provider.requestsTo('jwks').length).toBeGreaterThan(1)
    await pause(200)
    const begun = performance.now()
    expect((await postLogout(app, token)).status).toBe(200)
    expect(performance.now() - begun).toBeLessThan(2_000)
    expect(await isSignedIn(visitor, app)).toEqual([false])
    expect(statusesOf(await Promise.all(junk))).toEqual([503])
    provider.behave()
    await expectSignIn({ app, browser: visitor.browser })
  })

  test('cannot fill the memory, or take the place of a genuine one, while the keys cannot be read', async ({
    start,
    provider,
  }) => {
    const pass = movableSpans()
    const app = await start({ after: showLogin, relyingParty: { requestTimeout: 30 } })
    const visitor = await visit(app)
    const token = await logoutToken(provider, { sid: visitor.sid })
    const forge = await unknownKeyTokens(provider)
    provider.answer('jwks', hang())
    pass(11 * 60_000) // the keys are due to be read again: a genuine token waits for that, too
    const answers: number[] = []
    const junk = Array.from({ length: 1_400 }, () =>
      postLogout(app, forge()).then(
        ({ status }) => answers.push(status),
        () => undefined, // the app is closed
      ),
    )
    await expect.poll(() => answers.length).toBeGreaterThanOrEqual(400)
    expect((await postLogout(app, token)).status).toBe(200)
    expect(await isSignedIn(visitor, app)).toEqual([false])
    expect([answers.length, new Set(answers)]).toEqual([400, new Set([503])])
    provider.behave()
    await app.close()
    await Promise.all(junk)
  })
})

test('hundreds of logout tokens at once, each of them twice, end their sessions and no other, in a slow store', async ({
  start,
  provider,
}) => {
  const inner = memoryStore()
  const slowly = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    await pause(20)
    return call()
  }
  const store: Store = {
    ...inner,
    get: key => slowly(() => inner.get(key)),
    set: (key, value, options) => slowly(() => inner.set(key, value, options)),
    delete: (key, options) => slowly(() => inner.delete(key, options)),
  }
  const app = await start({ after: showLogin, relyingParty: { store, name: 'app' } })
  await app.rp.ready()
  const visitors = await Promise.all(Array.from({ length: 150 }, () => visit(app)))
  const [meant, others] = [visitors.slice(0, 120), visitors.slice(120)]
  const tokens = await Promise.all(meant.map(({ sid }) => logoutToken(provider, { sid })))
  const answers = Promise.all([...tokens, ...tokens].map(token => postLogout(app, token)))
  expect(await slowestPage(app, answers)).toBeLessThan(2_000)
  expect(statusesOf(await answers)).toEqual([200])
  const signedIn = await Promise.all(visitors.map(visitor => isSignedIn(visitor, app)))
  expect(signedIn.flat()).toEqual([...meant.map(() => false), ...others.map(() => true)])
})
