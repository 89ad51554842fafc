import { describe, expect } from 'vitest'
import { sideBySide as test } from '../../../support/apps/releases.ts'
import { startReplicas, watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { pass, stopClock } from '../../../support/clock.ts'
import { expectSignIn, test as scripted } from '../../../support/flow.ts'

stopClock()

const HOUR = 3_600_000

describe('two releases side by side', () => {
  test.for([
    ['addresses', {}, {}],
    ['scopes of which the new one is wider', { scope: 'openid' }, { scope: 'openid profile offline_access' }],
    ['scopes of which the new one is narrower', { scope: 'openid profile email' }, { scope: 'openid email' }],
    ['contacts', { metadata: { contacts: ['old@a.test'] } }, { metadata: { contacts: ['new@a.test'] } }],
    [
      'policies',
      { metadata: { policy_uri: 'https://a.test/1' } },
      { metadata: { policy_uri: 'https://a.test/2' } },
    ],
    ['names', { metadata: { client_name: 'Old' } }, { metadata: { client_name: 'New' } }],
  ] as const)(
    'that differ in their %s never undo each other, and both sign users in',
    async ([, old, now], { hydra, release }) => {
      await release('old', old)
      await release('new', now)
      const registered = structuredClone([...hydra.clients.values()])
      const changes = hydra.requestsTo('client').length
      for (let round = 0; round < 5; round += 1) {
        for (const app of [await release('old', old), await release('new', now)])
          await expectSignIn({ app, browser: new Browser() })
        pass(60_000)
      }
      expect(hydra.requestsTo('client')).toHaveLength(changes)
      expect([...hydra.clients.values()]).toEqual(registered)
    },
  )
})

describe('a rollback', () => {
  test('is put back once the newer release has drained', async ({ hydra, release }) => {
    await release('app', { metadata: { contacts: ['old@a.test'] } })
    await release('app', { metadata: { contacts: ['new@a.test'] } })
    pass(HOUR - 1)
    const early = await release('app', { metadata: { contacts: ['old@a.test'] } })
    const [client] = hydra.clients.keys()
    expect(hydra.clients.get(String(client))?.['contacts']).toEqual(['new@a.test'])
    await expectSignIn({ app: early, browser: new Browser() })
    pass(1)
    const late = await release('app', { metadata: { contacts: ['old@a.test'] } })
    expect(hydra.clients.get(String(client))?.['contacts']).toEqual(['old@a.test'])
    await expectSignIn({ app: late, browser: new Browser() })
    expect(hydra.clients.size).toBe(1)
  })
})

describe('a provider that offers something stronger than before', () => {
  scripted.for([
    ['keys', { token_endpoint_auth_methods_supported: ['client_secret_basic'] }],
    ['another algorithm', { token_endpoint_auth_signing_alg_values_supported: ['RS256'] }],
  ] as const)(
    '(%s) does not end the sign-in of an app that starts again',
    async ([, weaker], { provider, start }) => {
      const watched = watchedStore()
      const stronger = provider.metadata
      provider.metadata = { ...stronger, ...weaker }
      const [first] = await startReplicas(start, 1, { store: watched.store })
      await expectSignIn({ app: first, browser: new Browser() })
      await first.close()
      provider.metadata = stronger
      const port = Number(new URL(first.url).port)
      const app = await start({ port, relyingParty: { store: watched.store, name: 'app' } })
      await app.rp.ready({ timeout: 20 })
      await expectSignIn({ app, browser: new Browser() })
      await expectSignIn({ app, browser: new Browser() })
    },
  )
})
