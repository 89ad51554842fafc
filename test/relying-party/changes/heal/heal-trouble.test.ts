import { describe, expect } from 'vitest'
import { startReplicas } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { pass, setClock, stopClock, until } from '../../../support/clock.ts'
import { expectSignIn, reachCallback, test } from '../../../support/flow.ts'
import { type Answer, html, reset, status, truncated } from '../../../support/scripted-provider.ts'

stopClock()

const refuseAll = status(401, { error: 'invalid_client' })

/** What a token endpoint answers that says nothing about the client. */
const troubles: Readonly<Record<string, Answer>> = {
  'HTTP 500': status(500),
  'HTTP 503 with JSON': status(503, { error: 'temporarily_unavailable' }),
  'HTTP 500 that says invalid_client': status(500, { error: 'invalid_client' }),
  'HTTP 429': status(429, { error: 'slow_down' }),
  'HTTP 400 that blames the request': status(400, { error: 'invalid_request' }),
  'HTTP 403 of a firewall': status(403, { error: 'access_denied' }),
  'HTTP 404 of a proxy': html(404),
  'HTTP 401 of a proxy': html(401),
  'a page': html(200),
  'a reset connection': reset(),
  'a truncated answer': truncated(),
}

describe('trouble that says nothing about the client never leads to a registration', () => {
  test.for(Object.keys(troubles))(
    '%s at the end of a sign-in',
    async (name, { provider, start, browser }) => {
      const [app] = await startReplicas(start, 1)
      const callback = await reachCallback(browser, app)
      provider.answer('token', troubles[name])
      expect((await browser.open(callback.href)).status).toBeGreaterThanOrEqual(400)
      expect(await app.userOf(browser)).toBeNull()
      provider.answer('token', undefined)
      await expectSignIn({ app, browser: new Browser() })
      expect(provider.requestsTo('register')).toHaveLength(1)
    },
  )

  test.for(Object.keys(troubles))(
    '%s at everything, when the client is probed',
    async (name, { provider, start }) => {
      const [app] = await startReplicas(start, 1)
      const usual = { token: troubles[name], client: troubles[name] }
      for (const endpoint of ['token', 'client'] as const) provider.answer(endpoint, usual[endpoint])
      for (let count = 0; count < 12; count += 1) {
        await new Browser().open(`${app.url}/login`, { follow: false })
        pass(20_000)
      }
      await app.rp.close()
      expect(provider.requestsTo('token').length).toBeGreaterThan(0)
      expect(provider.requestsTo('register')).toHaveLength(1)
    },
  )

  test.for(['HTTP 500', 'HTTP 429', 'a reset connection', 'a page'])(
    'a refused client whose registration answers %s',
    async (name, { provider, start, browser }) => {
      const [app] = await startReplicas(start, 1)
      const callback = await reachCallback(browser, app)
      provider.answer('token', refuseAll)
      provider.answer('client', troubles[name])
      expect((await browser.open(callback.href)).status).toBeGreaterThanOrEqual(500)
      expect(provider.requestsTo('register')).toHaveLength(1)
    },
  )

  test('a clock that is wrong, so that every assertion is refused, is named instead', async ({
    provider,
    start,
  }) => {
    const [app] = await startReplicas(start, 1)
    provider.answer('token', refuseAll)
    for (let count = 0; count < 5; count += 1) {
      const browser = new Browser()
      const callback = await reachCallback(browser, app)
      expect((await browser.open(callback.href)).status).toBe(503)
      setClock(3_600_000)
    }
    expect(provider.requestsTo('register')).toHaveLength(1)
    const puts = provider.requestsTo('client').filter(({ method }) => method === 'PUT')
    expect(puts.length).toBeLessThan(2)
    await begunInVain(app.url)
    await until(() => app.rp.status().lastError !== undefined)
    expect(app.rp.status().lastError?.message).toMatch(/clock/)
    provider.answer('token', undefined)
    const admits = async () =>
      (await new Browser().open(`${app.url}/login`, { follow: false })).status === 303
    await until(admits)
    await expectSignIn({ app, browser: new Browser() })
  })
})

async function begunInVain(url: string): Promise<void> {
  for (let count = 0; count < 4; count += 1) {
    await new Browser().open(`${url}/login`, { follow: false })
    pass(6_000)
  }
}
