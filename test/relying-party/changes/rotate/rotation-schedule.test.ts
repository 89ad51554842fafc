import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { TestApp } from '../../../support/app.ts'
import { startReplicas, watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { pass, stopClock, until } from '../../../support/clock.ts'
import { expectSignIn, test as scripted } from '../../../support/flow.ts'
import { changeAnswers, newSecret, takeSecrets } from '../../../support/providers/changed-answers.ts'
import type { ScriptedProvider } from '../../../support/scripted-provider.ts'

stopClock()

const HOUR = 3_600_000
const DAY = 24 * HOUR
const SECRET = { token_endpoint_auth_method: 'client_secret_basic' as const }

const test = scripted
  .extend('watched', () => watchedStore())
  .extend(
    'replicas',
    ({ start, watched }) =>
      <Count extends 1 | 2 | 3>(count: Count, relyingParty: object) =>
        startReplicas(start, count, {
          store: watched.store,
          relyingParty: { rereadEvery: 0.03, ...relyingParty },
        }),
  )

const generationOf = (app: TestApp): number | undefined => app.rp.status().generation

/** Lets what the provider gives end so many milliseconds after it was first given. */
function endSecrets(
  provider: ScriptedProvider,
  lifetime: number,
  member: 'client_secret' | 'client_id',
): void {
  const ends = new Map<unknown, number>()
  const end = (body: Record<string, unknown>): object => {
    const known = ends.get(body[member]) ?? Math.floor((Date.now() + lifetime) / 1_000)
    ends.set(body[member], known)
    return { ...body, client_secret_expires_at: known }
  }
  changeAnswers(provider, 'register', end)
  changeAnswers(provider, 'client', end, takeSecrets(provider, newSecret))
}

describe('a rotation by schedule', () => {
  test.for([
    ['when rotateEvery has passed', { rotateEvery: 3_600 }, HOUR],
    ['after 90 days if nothing is said', {}, 90 * DAY],
  ] as const)('takes place %s, and again', async ([, options, period], { replicas, watched, provider }) => {
    const [app] = await replicas(1, options)
    for (const generation of [1, 2]) {
      expect(app.rp.status().nextRotationAt).toEqual(new Date(Date.now() + period))
      pass(period - 1)
      await watched.rounds()
      expect(generationOf(app)).toBe(generation)
      pass(1)
      await until(() => generationOf(app) === generation + 1)
    }
    expect(provider.clients.size).toBe(1)
  })

  test('never takes place with false', async ({ replicas, watched, provider }) => {
    const [app] = await replicas(1, { rotateEvery: false })
    expect(app.rp.status().nextRotationAt).toBeUndefined()
    pass(3_650 * DAY)
    await watched.rounds()
    expect(generationOf(app)).toBe(1)
    expect(provider.requestsTo('client')).toHaveLength(0)
  })

  test('of two replicas is done by one', async ({ replicas, watched, provider }) => {
    const apps = await replicas(2, { rotateEvery: 3_600 })
    const usual = provider.usualAnswer('client')
    provider.answer('client', async (request, response) => {
      await pause(100) // so that both find it due
      return usual(request, response)
    })
    pass(HOUR)
    await until(() => apps.every(app => generationOf(app) === 2))
    await watched.rounds(8)
    expect(provider.requestsTo('client').map(({ method }) => method)).toEqual(['GET', 'PUT'])
    for (const app of apps) expect(app.rp.status().lastError).toBeUndefined()
  })

  test('does not take place at an app that was made by hand, nor is it one to rotate or delete', async ({
    provider,
    start,
  }) => {
    provider.clients.set('by-hand', { client_id: 'by-hand', client_secret: 'a', redirect_uris: [] })
    const app = await start({ relyingParty: { client: { clientId: 'by-hand', clientSecret: 'a' } } })
    await app.rp.ready()
    expect(app.rp.status()).toMatchObject({ clientId: 'by-hand', nextRotationAt: undefined })
    await expect(app.rp.rotate()).rejects.toMatchObject({ code: 'ERR_OIDC_INVALID_OPTION' })
    await expect(app.rp.unregister()).rejects.toMatchObject({ code: 'ERR_OIDC_INVALID_OPTION' })
    expect(provider.clients.size).toBe(1)
  })
})

describe('a secret that ends', () => {
  test.for([
    ['an hour', HOUR, 0.8 * HOUR],
    ['ninety days', 90 * DAY, 89 * DAY],
  ] as const)(
    'after %s is renewed in time, and again',
    async ([, lifetime, early], { replicas, watched, provider }) => {
      endSecrets(provider, lifetime, 'client_secret')
      pass(1_000 - (Date.now() % 1_000))
      const [app] = await replicas(1, { metadata: SECRET, rotateEvery: 365 * 86_400 })
      for (const generation of [1, 2]) {
        expect(app.rp.status().nextRotationAt).toEqual(new Date(Date.now() + early))
        pass(early - 1)
        await watched.rounds()
        expect(generationOf(app)).toBe(generation)
        pass(1)
        await until(() => generationOf(app) === generation + 1)
      }
      expect(provider.clients.size).toBe(1)
    },
  )

  test('whatever is done about it is not renewed without end: a new client takes its place', async ({
    replicas,
    watched,
    provider,
  }) => {
    endSecrets(provider, HOUR, 'client_id')
    const [app] = await replicas(1, { metadata: SECRET })
    for (let minute = 0; minute < 59; minute += 1) {
      await watched.idle()
      pass(60_000)
      await watched.rounds(2)
    }
    expect(provider.requestsTo('client').length).toBeLessThan(10)
    expect(provider.clients.size).toBe(2)
    if (app) await expectSignIn({ app, browser: new Browser() })
  })

  test('is of no concern to an app that signs with a key', async ({ replicas, watched, provider }) => {
    endSecrets(provider, HOUR, 'client_id')
    const [app] = await replicas(1, {})
    pass(2 * HOUR)
    await watched.rounds()
    expect(generationOf(app)).toBe(1)
    expect(provider.requestsTo('client').length).toBe(0)
  })
})
