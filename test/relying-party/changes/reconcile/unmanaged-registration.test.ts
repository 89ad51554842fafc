import { describe, expect } from 'vitest'
import { startReplicas, watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { pass, stopClock, until } from '../../../support/clock.ts'
import { expectSignIn, reachCallback, test as scripted } from '../../../support/flow.ts'
import { changeAnswers } from '../../../support/providers/changed-answers.ts'

stopClock()

/** An app at a provider that registers clients and does not let them manage their registration (RFC 7591 without 7592). */
const test = scripted
  .extend('watched', () => watchedStore())
  .extend('unmanaged', ({ provider, start, watched }) => async () => {
    changeAnswers(provider, 'register', ({ registration_access_token: _, ...body }) => body)
    const options = { store: watched.store, relyingParty: { rereadEvery: 0.05 } }
    const [app] = await startReplicas(start, 1, options)
    if (!app) throw new Error('There is no app.')
    return app
  })

const LIFETIME = 8 * 3_600_000 + 600_000

describe('a client that cannot be managed', () => {
  test('is rotated by a new one, and named when it is no longer used', async ({ unmanaged, provider }) => {
    const app = await unmanaged()
    const old = app.rp.status().clientId ?? ''
    expect(await app.rp.rotate()).toBe('replacement')
    await expectSignIn({ app, browser: new Browser() })
    pass(LIFETIME)
    await until(() => app.rp.status().retiring.length === 0)
    expect(app.log.join('\n')).toContain(`Client ${old} is no longer used and cannot be deleted by this app`)
    expect(provider.requestsTo('client')).toHaveLength(0)
  })

  test('is replaced when the provider has forgotten it', async ({ unmanaged, provider, browser }) => {
    const app = await unmanaged()
    const callback = await reachCallback(browser, app)
    provider.clients.clear()
    expect((await browser.open(callback.href)).url).toBe(`${app.url}/private`)
    expect(provider.clients.size).toBe(1)
  })

  test.for([
    ['does', { metadata: { contacts: ['a@b.test'] } }, 1],
    ['does not', { routes: { callback: '/back' } }, 2],
  ] as const)(
    'and that %s serve options that have changed lets everybody sign in',
    async ([, change, clients], { unmanaged, provider, start, watched }) => {
      const first = await unmanaged()
      await first.close()
      const app = await start({
        port: Number(new URL(first.url).port),
        relyingParty: { store: watched.store, name: 'app', ...change },
      })
      await app.rp.ready({ timeout: 20 })
      await expectSignIn({ app, browser: new Browser() })
      expect(provider.clients.size).toBe(clients)
    },
  )

  test('is named when the app leaves', async ({ unmanaged, watched }) => {
    const app = await unmanaged()
    const { clientId = '' } = app.rp.status()
    await app.rp.unregister()
    expect(app.log.join('\n')).toContain(`Client ${clientId} is no longer used and cannot be deleted`)
    expect(await watched.contents()).not.toContain(clientId)
  })
})
