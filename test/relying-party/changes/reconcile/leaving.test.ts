import { describe, expect } from 'vitest'
import { startReplicas, watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { stopClock } from '../../../support/clock.ts'
import { codeOf } from '../../../support/flow.ts'
import { test as base } from '../../../support/hydra-flow.ts'
import { toldEvents } from '../../../support/told-events.ts'

stopClock()

const test = base.extend('watched', () => watchedStore()).extend('events', () => toldEvents())

describe('leaving', () => {
  test('by unregister() deletes every client and forgets them', async ({ hydra, start, watched }) => {
    const [app] = await startReplicas(start, 1, {
      issuer: hydra.issuer,
      store: watched.store,
      relyingParty: { metadata: { token_endpoint_auth_method: 'client_secret_basic' } },
    })
    await app.rp.rotate()
    await app.rp.rotate()
    expect(hydra.clients.size).toBe(3)
    const { clientId } = app.rp.status()
    await app.rp.unregister()
    expect(hydra.clients.size).toBe(0)
    expect(await watched.contents()).not.toContain(clientId)
    expect(await watched.contents()).not.toMatch(/client_secret|registration_access_token/)
    expect(app.rp.status()).toMatchObject({ clientId: undefined, retiring: [] })
    const page = await new Browser().open(`${app.url}/login`)
    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_NOT_READY'])
    expect(hydra.requestsTo('register')).toHaveLength(3)
  })

  test('by unregister() names a client that it could not delete, and deletes the others', async ({
    hydra,
    start,
  }) => {
    const [app] = await startReplicas(start, 1, {
      issuer: hydra.issuer,
      relyingParty: { metadata: { token_endpoint_auth_method: 'client_secret_basic' } },
    })
    const old = app.rp.status().clientId ?? ''
    await app.rp.rotate()
    hydra.adminPatch(old)
    await app.rp.unregister()
    expect([...hydra.clients.keys()]).toEqual([old])
    expect(app.log.join('\n')).toMatch(new RegExp(`${old}.*Delete it at the provider`))
  })

  test('by close() deletes nothing', async ({ hydra, app }) => {
    await app.rp.ready()
    await app.rp.close()
    expect(hydra.clients.size).toBe(1)
    expect(hydra.requestsTo('client')).toHaveLength(0)
  })
})
