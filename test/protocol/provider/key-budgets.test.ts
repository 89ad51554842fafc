import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import type { TestApp } from '../../support/app.ts'
import { Browser } from '../../support/browser.ts'
import { pass, stopClock } from '../../support/clock.ts'
import { test as base, expectSignIn } from '../../support/flow.ts'
import { logoutClaims, logoutToken, postLogout } from '../../support/logout/tokens.ts'
import type { ScriptedProvider } from '../../support/scripted-provider.ts'

stopClock()

/** Signs a user in, then sends forged logout tokens with made-up key ids until the app fetches keys for them no more. */
const test = base.extend('flooded', async ({ provider, app }) => {
  await expectSignIn({ app, browser: new Browser() })
  const statuses: number[] = []
  for (let count = 0; count < 30; count += 1) statuses.push(await forge(app, provider))
  return { statuses, fetched: provider.requestsTo('jwks').length }
})

async function forge(app: TestApp, provider: ScriptedProvider): Promise<number> {
  const token = await provider.sign(logoutClaims(provider, { sub: 'user-1' }), {
    typ: 'logout+jwt',
    kid: randomUUID(),
  })
  return (await postLogout(app, token)).status
}

describe('a flood of forged tokens with made-up key ids', () => {
  test('has the keys fetched a few times, and then gets no answer that is final', async ({ flooded }) => {
    expect(flooded.fetched).toBeLessThanOrEqual(4)
    expect(flooded.statuses.slice(0, 2)).toEqual([400, 400])
    expect(new Set(flooded.statuses.slice(2))).toEqual(new Set([503]))
  })

  test('does not keep the app from a key that the provider has changed since', async ({
    flooded,
    provider,
    app,
  }) => {
    for (let count = 0; count < 3; count += 1) {
      await provider.rotateKeys()
      await expectSignIn({ app, browser: new Browser() })
    }
    expect(provider.requestsTo('jwks').length).toBe(flooded.fetched + 3)
  })

  test('costs a genuine logout token that has a new key a second try, and no logout', async ({
    flooded,
    provider,
    app,
    browser,
  }) => {
    expect(flooded.statuses).toHaveLength(30)
    await expectSignIn({ app, browser })
    await provider.rotateKeys()
    const token = await logoutToken(provider, { sub: 'user-1' })
    const early = await postLogout(app, token)
    expect([early.status, early.headers.get('retry-after')]).toEqual([503, '10'])
    pass(10_000)
    expect((await postLogout(app, token)).status).toBe(200)
    expect(await app.userOf(browser)).toBeNull()
  })
})
