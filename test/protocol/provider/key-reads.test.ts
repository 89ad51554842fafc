import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import type { TestApp } from '../../support/app.ts'
import { Browser } from '../../support/browser.ts'
import { stopClock, until } from '../../support/clock.ts'
import { test as base, expectSignIn, reachCallback } from '../../support/flow.ts'
import { logoutClaims, logoutToken, postLogout } from '../../support/logout/tokens.ts'
import { json, type ScriptedProvider } from '../../support/scripted-provider.ts'

stopClock()

/** A reading of the keys that a forged token has begun, and that ends with the keys from before they were changed. */
const test = base.extend('reading', async ({ provider, app }) => {
  await expectSignIn({ app, browser: new Browser() })
  let release = (): void => undefined
  const released = new Promise<void>(resolve => {
    release = resolve
  })
  const old = json({ keys: [...provider.keys] })
  provider.answer('jwks', async (request, response) => {
    provider.answer('jwks', undefined)
    await released
    await old(request, response)
  })
  const read = provider.requestsTo('jwks').length
  const forged = forge(app, provider)
  await until(() => provider.requestsTo('jwks').length === read + 1)
  await provider.rotateKeys()
  return { release, forged, reads: () => provider.requestsTo('jwks').length - read }
})

async function forge(app: TestApp, provider: ScriptedProvider): Promise<number> {
  const claims = logoutClaims(provider, { sub: 'user-1' })
  const token = await provider.sign(claims, { typ: 'logout+jwt', kid: randomUUID() })
  return (await postLogout(app, token)).status
}

/** Until what was sent waits for the reading too. */
const arrived = (): Promise<unknown> => new Promise(resolve => setTimeout(resolve, 100))

describe('while keys are read that the provider has changed meanwhile,', () => {
  test('a sign-in finds the new one', async ({ reading, app, browser, provider }) => {
    const callback = await reachCallback(browser, app)
    const page = browser.open(callback.href)
    await until(() => provider.requestsTo('token').length === 2)
    await arrived()
    reading.release()
    expect((await page).text).toBe('private page of Una User')
    expect(reading.reads()).toBe(2)
    expect(await reading.forged).toBe(400)
  })

  test('genuine logout tokens find the new one, with one more reading for all', async ({
    reading,
    app,
    provider,
  }) => {
    const tokens = await Promise.all(['a', 'b', 'c'].map(sid => logoutToken(provider, { sid })))
    const answers = tokens.map(token => postLogout(app, token))
    await arrived()
    reading.release()
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200])
    expect(reading.reads()).toBe(2)
    expect(await reading.forged).toBe(400)
  })

  test('forged tokens cost one more reading, and then get no answer that is final', async ({
    reading,
    app,
    provider,
  }) => {
    const statuses = [forge(app, provider), forge(app, provider)]
    await arrived()
    reading.release()
    expect(await Promise.all(statuses)).toEqual([400, 400])
    expect(await forge(app, provider)).toBe(503)
    expect(reading.reads()).toBe(2)
  })
})
