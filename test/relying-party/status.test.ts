import { describe, expect } from 'vitest'
import { startReplicas, watchedStore } from '../support/apps/replicas.ts'
import { pass, stopClock, until } from '../support/clock.ts'
import { test as base } from '../support/hydra-flow.ts'
import { status } from '../support/scripted-provider.ts'
import { clientEvents, toldEvents } from '../support/told-events.ts'

stopClock()

const test = base.extend('watched', () => watchedStore()).extend('events', () => toldEvents())

const LIFETIME = 8 * 3_600_000 + 600_000
const DAY = 86_400_000

describe('the status', () => {
  test('of an app that starts, is ready and is closed', async ({ provider, start }) => {
    await provider.stop()
    const app = await start()
    const unknown = {
      clientId: undefined,
      generation: undefined,
      registeredAt: undefined,
      nextRotationAt: undefined,
    }
    expect(app.rp.status()).toMatchObject({
      state: 'starting',
      lastError: undefined,
      retiring: [],
      ...unknown,
    })
    await until(() => app.rp.status().state === 'failing')
    expect(app.rp.status().lastError?.code).toBe('ERR_OIDC_PROVIDER_UNAVAILABLE')
    await provider.start()
    await app.rp.ready()
    expect(app.rp.status()).toEqual({
      state: 'ready',
      issuer: provider.issuer,
      clientId: [...provider.clients.keys()][0],
      generation: 1,
      registeredAt: new Date(),
      rotatedAt: new Date(),
      nextRotationAt: new Date(Date.now() + 90 * DAY),
      retiring: [],
      lastError: undefined,
    })
    await app.rp.close()
    expect(app.rp.status().state).toBe('closed')
  })

  test('tells when the credentials changed and which clients retire', async ({ hydra, start }) => {
    const [app] = await startReplicas(start, 1, { issuer: hydra.issuer })
    const registeredAt = new Date()
    pass(DAY)
    await app.rp.rotate()
    const rotatedAt = new Date()
    expect(app.rp.status()).toMatchObject({ generation: 2, registeredAt, rotatedAt })
    expect(app.rp.status().nextRotationAt).toEqual(new Date(Date.now() + 90 * DAY))
    const { clientId = '' } = app.rp.status()
    hydra.adminPatch(clientId)
    pass(DAY)
    await app.rp.rotate()
    expect(app.rp.status()).toMatchObject({
      generation: 3,
      registeredAt: new Date(),
      rotatedAt: new Date(),
      retiring: [{ clientId, until: new Date(Date.now() + LIFETIME) }],
    })
  })

  test('tells the last error until a round succeeds', async ({ provider, start, events }) => {
    const [app] = await startReplicas(start, 1, { relyingParty: { rereadEvery: 0.03, rotateEvery: 60 } })
    provider.answer('client', status(500))
    pass(60_000)
    await until(() => app.rp.status().lastError !== undefined)
    expect(app.rp.status()).toMatchObject({
      state: 'ready',
      lastError: { code: 'ERR_OIDC_PROVIDER_UNAVAILABLE' },
    })
    expect(clientEvents(events)).toContain('client.failed')
    provider.answer('client', undefined)
    await until(() => app.rp.status().lastError === undefined)
    expect(app.rp.status().generation).toBe(2)
  })
})
