import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { deliver, startReplicas, watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { pass, stopClock, until } from '../../../support/clock.ts'
import { codeOf, expectSignIn, reachCallback } from '../../../support/flow.ts'
import { test } from '../../../support/hydra-flow.ts'
import { farProvider } from '../../../support/providers/far-provider.ts'
import { status } from '../../../support/scripted-provider.ts'
import { beginSignIns } from '../../../support/sign-in/unanswered.ts'

stopClock()

const MINUTE = 60_000
const DAY = 86_400_000

describe('a client that the provider has deleted', () => {
  test('is replaced while somebody signs in, whose sign-in starts again by itself', async ({
    provider,
    app,
    start,
    browser,
  }) => {
    expect(app.url).not.toBe('')
    const [one] = await startReplicas(start, 1)
    const callback = await reachCallback(browser, one)
    const before = provider.requestsTo('register').length
    provider.clients.clear()
    const page = await browser.open(callback.href)
    expect([page.status, page.url]).toEqual([200, `${one.url}/private`])
    expect(provider.requestsTo('register')).toHaveLength(before + 1)
    expect(one.log.join('\n')).toMatch(/The provider does not accept client \S+ any more and shows no sign/)
    await expectSignIn({ app: one, browser: new Browser() })
  })

  test('is found out when three sign-ins are begun and none returns, and the next one works', async ({
    hydra,
    app,
  }) => {
    await app.rp.ready()
    hydra.clients.clear()
    await beginSignIns(app, 3, 5_000)
    await until(() => hydra.clients.has(app.rp.status().clientId ?? ''))
    await expectSignIn({ app, browser: new Browser() })
    expect(hydra.requestsTo('register')).toHaveLength(2)
    await until(() => app.rp.status().lastError === undefined)
  })

  test('of three replicas is replaced once, however many sign-ins find out at once', async ({
    hydra,
    start,
  }) => {
    const apps = await startReplicas(start, 3, { issuer: hydra.issuer })
    const [one] = apps
    const begun = await Promise.all(
      [...apps, ...apps].map(async at => {
        const browser = new Browser()
        return { browser, at, callback: await reachCallback(browser, one) }
      }),
    )
    hydra.clients.clear()
    const pages = await Promise.all(begun.map(({ browser, callback, at }) => deliver(browser, callback, at)))
    expect(pages.map(page => page.status)).toEqual(pages.map(() => 200))
    expect(hydra.requestsTo('register')).toHaveLength(2)
    expect(hydra.clients.size).toBe(1)
  })

  test('is replaced at most once in ten minutes and five times a day by three replicas', async ({
    hydra,
    start,
  }) => {
    const watched = watchedStore()
    const apps = await startReplicas(start, 3, {
      store: watched.store,
      relyingParty: { ...farProvider(hydra.issuer), rereadEvery: 0.03 },
    })
    const times: number[] = []
    const usual = hydra.usualAnswer('register')
    hydra.answer('register', (request, response) => {
      times.push(Date.now())
      return usual(request, response)
    })
    for (
      const end = Date.now() + DAY + 60 * MINUTE;
      Date.now() < end;
      pass(times.length < 5 ? 4 * MINUTE : 60 * MINUTE)
    ) {
      hydra.clients.clear()
      for (const app of apps) {
        await beginSignIns(app, 3, 5_000)
        await watched.rounds(4)
        await watched.idle()
      }
    }
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    expect(pauses.length).toBeGreaterThan(4)
    for (const time of pauses) expect(time).toBeGreaterThanOrEqual(10 * MINUTE)
    expect(times.filter(time => time - (times[0] ?? 0) < DAY)).toHaveLength(5)
  })

  test('and whose successor is refused too is not replaced: the successor is deleted again', async ({
    provider,
    start,
    browser,
  }) => {
    const [app] = await startReplicas(start, 1)
    const callback = await reachCallback(browser, app)
    const { clientId } = app.rp.status()
    provider.clients.clear()
    provider.answer('token', status(401, { error: 'invalid_client' }))
    const page = await browser.open(callback.href)
    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_CLIENT_REFUSED'])
    expect(provider.requestsTo('register')).toHaveLength(2)
    expect(provider.clients.size).toBe(0)
    expect(app.rp.status().clientId).toBe(clientId)
    expect(await app.userOf(browser)).toBeNull()

    provider.answer('token', undefined)
    pass(10 * MINUTE)
    await beginSignIns(app, 3, 5_000)
    await until(() => provider.clients.has(app.rp.status().clientId ?? ''))
    await expectSignIn({ app, browser: new Browser() })
    expect(app.log.join('\n')).not.toContain('had no answer')
  })
})

describe('successors that are refused right after they were made', () => {
  test('are made at most once in ten minutes and five times a day by three replicas', async ({
    provider,
    start,
  }) => {
    const relyingParty = farProvider(provider.issuer)
    const apps = await startReplicas(start, 3, { relyingParty })
    const times: number[] = []
    const usual = provider.usualAnswer('register')
    provider.answer('register', (request, response) => {
      times.push(Date.now())
      return usual(request, response)
    })
    provider.clients.clear()
    provider.answer('token', status(401, { error: 'invalid_client' }))
    for (let round = 0; round < 60; round += 1) {
      for (const app of apps) {
        await beginSignIns(app, 3, 5_000)
        await pause(10)
      }
      pass(3 * MINUTE)
    }
    await Promise.all(apps.map(app => app.close()))
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    for (const time of pauses) expect(time).toBeGreaterThanOrEqual(10 * MINUTE)
    expect(times.length).toBeLessThanOrEqual(5)
    expect(provider.clients.size).toBe(0)
  })
})
