import { describe, expect, vi } from 'vitest'
import { embeddedStore } from '../../../../src/index.ts'
import type { TestApp } from '../../../support/app.ts'
import { startReplicas } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { movableSpans, pass, stopClock, until } from '../../../support/clock.ts'
import {
  asProgram,
  beginLogin,
  codeOf,
  expectRefusal,
  expectSignIn,
  locationOf,
} from '../../../support/flow.ts'
import { test } from '../../../support/hydra-flow.ts'
import { farProvider } from '../../../support/providers/far-provider.ts'

stopClock()

const MINUTE = 60_000

describe('a client that was deleted while the app was stopped', () => {
  test('is replaced by a check after the start, for which the first sign-in waits', async ({
    hydra,
    start,
    directory,
    browser,
  }) => {
    const first = await start({ issuer: hydra.issuer, relyingParty: { store: embeddedStore(directory) } })
    await first.rp.ready()
    await first.close()
    hydra.clients.clear()
    pass(1_000)
    const app = await start({ issuer: hydra.issuer, relyingParty: { store: embeddedStore(directory) } })
    await expectSignIn({ app, browser })
    expect([hydra.clients.size, hydra.requestsTo('register').length]).toEqual([1, 2])
  })

  test('is replaced without any sign-in, and a client that exists is kept', async ({
    hydra,
    start,
    directory,
  }) => {
    const startAgain = async () => {
      pass(1_000)
      const app = await start({ issuer: hydra.issuer, relyingParty: { store: embeddedStore(directory) } })
      await app.rp.ready()
      return app
    }
    await (await startAgain()).close()
    await (await startAgain()).close()
    expect([hydra.requestsTo('register').length, hydra.requestsTo('token').length]).toEqual([1, 1])
    hydra.clients.clear()
    const app = await startAgain()
    await until(() => hydra.clients.has(app.rp.status().clientId ?? ''))
    expect(hydra.clients.size).toBe(1)
  })

  test('holds no start and no sign-in for long when the token endpoint does not answer', async ({
    hydra,
    start,
    directory,
  }) => {
    const relyingParty = { store: embeddedStore(directory), providerTimeout: 0.2 }
    const first = await start({ issuer: hydra.issuer, relyingParty })
    await first.rp.ready()
    await first.close()
    hydra.answer('token', () => undefined)
    pass(1_000)
    const app = await start({ issuer: hydra.issuer, relyingParty })
    await app.rp.ready()
    const page = await beginLogin(app)
    expect([page.status, locationOf(page).origin]).toEqual([303, hydra.issuer])
    expect(hydra.requestsTo('register')).toHaveLength(1)
  })
})

describe('a provider on this machine that forgets its clients while the app runs', () => {
  test('as often as it likes, costs no user a second attempt', async ({ hydra, app }) => {
    const passSpan = movableSpans()
    await app.rp.ready()
    for (let count = 1; count <= 8; count += 1) {
      hydra.clients.clear()
      passSpan(2_000)
      await expectSignIn({ app, browser: new Browser() })
      expect([hydra.clients.size, hydra.requestsTo('register').length]).toEqual([1, count + 1])
    }
  })

  test('is asked again when a user comes back whose sign-in did not return', async ({
    hydra,
    app,
    browser,
  }) => {
    await app.rp.ready()
    hydra.clients.clear()
    expect((await browser.open(`${app.url}/private`)).status).toBe(500)
    pass(3_000)
    await expectSignIn({ app, browser })
    expect(hydra.requestsTo('register')).toHaveLength(2)
  })
})

describe('while the client is known to be gone and the app may not register yet', () => {
  const lostTwice = async (hydra: { clients: Map<string, unknown> }, app: TestApp): Promise<void> => {
    const lose = async () => {
      hydra.clients.clear()
      const browser = new Browser()
      await beginLogin(app, browser)
      pass(MINUTE)
      return beginLogin(app, browser)
    }
    expect((await lose()).status).toBe(303)
    pass(MINUTE)
    expect((await lose()).status).toBe(503)
  }

  test('users see a page of the app that continues their sign-in, and API clients get JSON', async ({
    hydra,
    start,
    browser,
  }) => {
    const [app] = await startReplicas(start, 1, { relyingParty: farProvider(hydra.issuer) })
    await lostTwice(hydra, app)
    for (const path of ['/login?returnTo=/private', '/private']) {
      const page = await browser.open(app.url + path)
      await expectRefusal(page, [503, 'ERR_OIDC_CLIENT_REFUSED'], { app, browser })
      expect(page.headers.get('refresh')).toBe('5')
      expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(page.text).toContain('continues your sign-in')
      expect(page.text).not.toMatch(/<script|npx/)
    }
    const answer = await browser.open(`${app.url}/login`, asProgram)
    expect([answer.status, codeOf(answer)]).toEqual([503, 'ERR_OIDC_CLIENT_REFUSED'])
    expect(answer.headers.get('refresh')).toBeNull()
    expect((await browser.open(`${app.url}/`)).text).toBe('public')

    pass(10 * MINUTE)
    expect((await browser.open(`${app.url}/private`, { follow: false })).status).toBe(303)
    expect(hydra.clients.has(app.rp.status().clientId ?? '')).toBe(true)
  })

  test('the log says when the next attempt is and what to do now', async ({ hydra, start }) => {
    vi.setSystemTime(new Date('2026-11-28T13:20:00Z'))
    const [app] = await startReplicas(start, 1, { relyingParty: farProvider(hydra.issuer) })
    await lostTwice(hydra, app)
    const said = app.log.find(sentence => sentence.includes('re-registered'))
    expect(said).toMatch(/has already re-registered once in the last 24 hours/)
    expect(said).toMatch(/Next attempt at 2026-11-28 13:31 UTC\. To retry now: npx express-oidc-rp client/)
  })

  test('a client that is back is used at once', async ({ hydra, start, browser }) => {
    const [app] = await startReplicas(start, 1, { relyingParty: farProvider(hydra.issuer) })
    const before = [...hydra.clients]
    hydra.registration.enabled = false
    hydra.clients.clear()
    await beginLogin(app, browser)
    pass(MINUTE)
    expect((await beginLogin(app, browser)).status).toBe(503)
    for (const [id, client] of before) hydra.clients.set(id, client)
    pass(1_000)
    expect((await beginLogin(app, browser)).status).toBe(303)
    expect([...hydra.clients.keys()]).toEqual([app.rp.status().clientId])
  })
})
