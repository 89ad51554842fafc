import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { startReplicas } from '../../../support/apps/replicas.ts'
import { Browser, type Page } from '../../../support/browser.ts'
import { movableSpans, until } from '../../../support/clock.ts'
import { beginLogin, codeOf, locationOf } from '../../../support/flow.ts'
import { test } from '../../../support/hydra-flow.ts'
import { farProvider } from '../../../support/providers/far-provider.ts'

describe('a provider on another machine that has forgotten the client while the app runs', () => {
  const fresh = 60_000

  test('is asked before the next sign-in, which begins with a new client', async ({
    hydra,
    start,
    browser,
  }) => {
    const passSpan = movableSpans()
    const [app] = await startReplicas(start, 1, { relyingParty: farProvider(hydra.issuer) })
    hydra.clients.clear()
    passSpan(fresh)
    const page = await beginLogin(app, browser)
    expect(page.status).toBe(303)
    expect(hydra.clients.has(locationOf(page).searchParams.get('client_id') ?? '')).toBe(true)
    expect([hydra.clients.size, hydra.requestsTo('register').length]).toEqual([1, 2])
  })

  test('is asked although a stranger has just opened a callback with a made-up error', async ({
    hydra,
    start,
    browser,
  }) => {
    const passSpan = movableSpans()
    const [app] = await startReplicas(start, 1, { relyingParty: farProvider(hydra.issuer) })
    hydra.clients.clear()
    passSpan(fresh - 1_000)
    const stranger = new Browser()
    const begun = locationOf(await beginLogin(app, stranger)).searchParams.get('state')
    const page = await stranger.open(`${app.url}/callback?error=access_denied&state=${begun}`)
    expect([page.status, codeOf(page)]).toEqual([403, 'ERR_OIDC_ACCESS_DENIED'])
    passSpan(1_000)
    expect(
      hydra.clients.has(locationOf(await beginLogin(app, browser)).searchParams.get('client_id') ?? ''),
    ).toBe(true)
  })

  test('is asked once for all sign-ins that begin within a minute', async ({ hydra, start }) => {
    const passSpan = movableSpans()
    const [app] = await startReplicas(start, 1, { relyingParty: farProvider(hydra.issuer) })
    for (let count = 1; count <= 3; count += 1) {
      passSpan(fresh)
      const pages = await Promise.all(Array.from({ length: 5 }, async () => beginLogin(app)))
      expect(pages.map(({ status }) => status)).toEqual([303, 303, 303, 303, 303])
      expect(hydra.requestsTo('token')).toHaveLength(count)
    }
  })

  test('holds sign-ins for a second at most when it does not answer', async ({ hydra, start }) => {
    const passSpan = movableSpans()
    const relyingParty = { ...farProvider(hydra.issuer), providerTimeout: 120 }
    const [app] = await startReplicas(start, 1, { relyingParty })
    let release = (): void => undefined
    const released = new Promise<void>(resolve => {
      release = resolve
    })
    hydra.answer('token', async (_, response) => {
      await released
      response.writeHead(503).end()
    })
    passSpan(fresh)
    const first = beginLogin(app) // would wait for a whole second
    await until(() => hydra.requestsTo('token').length === 1)
    passSpan(950)
    const began = process.hrtime.bigint()
    expect((await beginLogin(app)).status).toBe(303)
    expect(Number(process.hrtime.bigint() - began) / 1e9).toBeLessThan(3) // the provider's deadline is five seconds
    release()
    expect((await first).status).toBe(303)
    expect(hydra.requestsTo('token')).toHaveLength(1)
  })

  test('is asked no more often when its token endpoint fails', async ({ hydra, start }) => {
    const passSpan = movableSpans()
    const [app] = await startReplicas(start, 1, { relyingParty: farProvider(hydra.issuer) })
    hydra.answer('token', (_, response) => void response.writeHead(503).end())
    for (let count = 1; count <= 2; count += 1) {
      passSpan(fresh)
      for (let login = 0; login < 3; login += 1) expect((await beginLogin(app)).status).toBe(303)
      expect(hydra.requestsTo('token')).toHaveLength(count)
    }
  })

  test('holds a sign-in for as long as the app registers again', async ({ hydra, start, browser }) => {
    const passSpan = movableSpans()
    const [app] = await startReplicas(start, 1, { relyingParty: farProvider(hydra.issuer) })
    const usual = hydra.usualAnswer('register')
    let late: Promise<Page> | undefined
    hydra.answer('register', async (request, response) => {
      passSpan(950)
      late = beginLogin(app)
      await pause(100)
      return usual(request, response)
    })
    hydra.clients.clear()
    passSpan(fresh)
    for (const page of [await beginLogin(app, browser), await late])
      expect([...hydra.clients.keys()]).toEqual([page && locationOf(page).searchParams.get('client_id')])
  })

  test('is not asked about a client that was made by hand', async ({ hydra, start, browser }) => {
    const passSpan = movableSpans()
    const client = { clientId: 'by-hand', clientSecret: 'its secret' }
    const { metadata: _, ...far } = farProvider(hydra.issuer)
    const app = await start({ relyingParty: { ...far, client } })
    await app.rp.ready()
    passSpan(fresh)
    expect((await beginLogin(app, browser)).status).toBe(303)
    expect(hydra.requestsTo('token')).toHaveLength(0)
  })
})
