import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { TestApp } from '../../../support/app.ts'
import { startReplicas, type WatchedStore, watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { pass, stopClock, until } from '../../../support/clock.ts'
import { locationOf } from '../../../support/flow.ts'
import { test as base } from '../../../support/hydra-flow.ts'
import { farProvider } from '../../../support/providers/far-provider.ts'

stopClock()

const MINUTE = 60_000

/** An app whose client is gone, at a Hydra that registers no more. */
const test = base
  .extend('watched', () => watchedStore())
  .extend('lost', ({ hydra, start, watched }) => async (): Promise<TestApp> => {
    const [app] = await startReplicas(start, 1, {
      store: watched.store,
      relyingParty: { ...farProvider(hydra.issuer), rereadEvery: 0.03 },
    })
    if (!app) throw new Error('There is no app.')
    hydra.clients.clear()
    hydra.registration.enabled = false
    return app
  })

/** Begins sign-ins that cannot return, and waits until what the app does about them is done. */
async function beginSignIns(app: TestApp, watched: WatchedStore): Promise<void> {
  for (let count = 0; count < 4; count += 1) {
    pass(5_000)
    await new Browser().open(`${app.url}/login`, { follow: false })
  }
  await pause(40) // the last of them may be what makes it ask
  await watched.idle()
}

describe('a client that is gone while registration is switched off', () => {
  test('makes the app say what to do, at every moment, and ask seldom', async ({ hydra, lost, watched }) => {
    const app = await lost()
    const asked: number[] = []
    const usual = hydra.usualAnswer('register')
    hydra.answer('register', (request, response) => {
      asked.push(Date.now())
      return usual(request, response)
    })
    for (let minute = 0; minute < 3 * 60; minute += 6) {
      await beginSignIns(app, watched)
      await until(() => app.rp.status().lastError !== undefined)
      expect(app.rp.status().lastError?.message).toMatch(/Enable dynamic client registration/)
      pass(6 * MINUTE)
    }
    const pauses = asked.slice(1).map((time, index) => time - (asked[index] ?? 0))
    expect(pauses.length).toBeGreaterThan(2)
    for (const time of pauses) expect(time).toBeGreaterThanOrEqual(10 * MINUTE)
  })

  test('is replaced within an hour after registration is on again', async ({ hydra, lost, watched }) => {
    const app = await lost()
    for (let minute = 0; minute < 120; minute += 6) {
      await beginSignIns(app, watched)
      pass(6 * MINUTE)
    }
    hydra.registration.enabled = true
    for (let minute = 0; minute < 60; minute += 6) {
      await beginSignIns(app, watched)
      pass(6 * MINUTE)
    }
    await until(() => hydra.clients.has(app.rp.status().clientId ?? ''))
    expect(hydra.clients.size).toBe(1)
    const page = await new Browser().open(`${app.url}/login`, { follow: false })
    expect([page.status, locationOf(page).pathname]).toEqual([303, '/oauth2/auth'])
  })
})
