import { describe, expect } from 'vitest'
import { startReplicas, watchedStore } from '../support/apps/replicas.ts'
import { Browser } from '../support/browser.ts'
import { pass, setClock, stopClock, until } from '../support/clock.ts'
import { beginLogin, expectSignIn, test } from '../support/flow.ts'
import { status } from '../support/scripted-provider.ts'

stopClock()

const SECOND = 1_000
const DAY = 86_400_000
const jumps = [-SECOND, -DAY, -365 * DAY, SECOND, DAY, 365 * DAY]

describe.for(jumps)('a clock that is set by %i ms', jump => {
  test('while the provider is away changes no pause, and no limit on requests', async ({
    provider,
    start,
  }) => {
    provider.answer('discovery', status(503))
    const app = await start({ relyingParty: { providerTimeout: 0.1 } })
    await until(() => app.rp.status().lastError !== undefined)
    setClock(jump)
    const asked = provider.requestsTo('discovery').length
    for (let visit = 0; visit < 5; visit += 1) {
      const page = await beginLogin(app)
      expect(page.status).toBe(503)
      expect(Number(page.headers.get('retry-after'))).toBeLessThanOrEqual(60)
    }
    expect(provider.requestsTo('discovery').length - asked).toBeLessThanOrEqual(1)
    provider.answer('discovery', undefined)
    await app.rp.ready({ timeout: 20 })
    expect((await beginLogin(app)).status).toBe(303)
  })

  test('hides no key that the provider signs with since', async ({ provider, app }) => {
    await expectSignIn({ app, browser: new Browser() })
    setClock(jump)
    await provider.rotateKeys()
    await expectSignIn({ app, browser: new Browser() })
    pass(10 * SECOND)
    await provider.rotateKeys()
    await expectSignIn({ app, browser: new Browser() })
    expect(provider.requestsTo('jwks')).toHaveLength(3)
  })

  test('keeps no replica from credentials that another one has rotated', async ({ provider, start }) => {
    const { store } = watchedStore()
    const [one, other] = await startReplicas(start, 2, { store })
    setClock(jump)
    await one.rp.rotate()
    pass(31 * SECOND)
    expect((await beginLogin(other)).status).toBe(303)
    expect(provider.requestsTo('register').length).toBeLessThanOrEqual(2)
    expect(other.rp.status().generation).toBe(one.rp.status().generation)
  })
})
