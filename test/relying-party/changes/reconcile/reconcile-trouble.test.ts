import { describe, expect } from 'vitest'
import type { RelyingPartyOptions } from '../../../../src/index.ts'
import type { TestApp } from '../../../support/app.ts'
import { watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { pass, stopClock, until } from '../../../support/clock.ts'
import { expectSignIn } from '../../../support/flow.ts'
import { test as base } from '../../../support/hydra-flow.ts'
import { loseAnswer } from '../../../support/providers/changed-answers.ts'
import { hang, status } from '../../../support/scripted-provider.ts'

stopClock()

const test = base
  .extend('watched', () => watchedStore())
  .extend('release', ({ start, hydra, watched }) => {
    let last: TestApp | undefined
    return async (options: Partial<RelyingPartyOptions> = {}): Promise<TestApp> => {
      const port = last ? Number(new URL(last.url).port) : 0
      await last?.close()
      last = await start({
        issuer: hydra.issuer,
        port,
        relyingParty: {
          store: watched.store,
          name: 'app',
          ...options,
          metadata: { client_name: 'App', ...options.metadata },
        } as RelyingPartyOptions,
      })
      return last
    }
  })

const CHANGED = { metadata: { contacts: ['ops@a.test'] } }

describe('a value that an administrator has set', () => {
  test.for([
    ['skip_consent', true],
    ['skip_logout_consent', true],
    ['access_token_strategy', 'jwt'],
  ] as const)(
    '(%s) is not overwritten: the app says what to do, and sign-in goes on',
    async ([member, value], { hydra, release }) => {
      await (await release()).rp.ready()
      for (const client of hydra.clients.values()) Object.assign(client, { [member]: value })
      const app = await release(CHANGED)
      await expectSignIn({ app, browser: new Browser() })
      expect(hydra.requestsTo('client').map(({ method }) => method)).toEqual(['GET'])
      expect([...hydra.clients.values()][0]).toMatchObject({ [member]: value })
      expect(app.log.join('\n')).toMatch(
        new RegExp(
          `An administrator of the provider has set ${member} on client .*ask the administrator to make the change`,
        ),
      )
      expect(hydra.clients.size).toBe(1)
    },
  )

  test('(metadata) is not overwritten where the provider shows it', async ({ provider, start, watched }) => {
    const store = { store: watched.store, name: 'app', metadata: { client_name: 'App' } }
    const first = await start({ relyingParty: store })
    await first.rp.ready()
    for (const client of provider.clients.values()) Object.assign(client, { metadata: { tier: 1 } })
    const app = await start({
      relyingParty: { ...store, metadata: { ...store.metadata, ...CHANGED.metadata }, baseUrl: first.url },
    })
    await app.rp.ready()
    expect(provider.requestsTo('client').map(({ method }) => method)).toEqual(['GET'])
    expect(app.log.join('\n')).toContain('has set metadata on client')
  })
})

describe('a registration that may no longer be changed', () => {
  test('leaves sign-in as it was where it covers the options, and is reported', async ({
    hydra,
    release,
  }) => {
    const first = await release()
    await first.rp.ready()
    hydra.adminPatch(first.rp.status().clientId ?? '')
    for (const options of [CHANGED, { scope: 'email openid profile' }, { scope: 'openid email' }]) {
      const app = await release(options)
      await expectSignIn({ app, browser: new Browser() })
      expect(app.log.join('\n')).toMatch(/answered HTTP 401/)
    }
    expect(hydra.clients.size).toBe(1)
    expect(hydra.requestsTo('register')).toHaveLength(1)
  })

  test.for([
    ['address', { routes: { callback: '/back' } }],
    ['scope', { scope: 'openid profile email offline_access' }],
  ] as const)(
    'makes way for a new client where its %s does not do any more',
    async ([, change], { hydra, release }) => {
      const first = await release()
      await first.rp.ready()
      const old = first.rp.status().clientId ?? ''
      hydra.adminPatch(old)
      const app = await release(change)
      await expectSignIn({ app, browser: new Browser() })
      expect(hydra.clients.size).toBe(2)
      expect(app.rp.status().retiring.map(({ clientId }) => clientId)).toEqual([old])
      await expectSignIn({ app: await release(change), browser: new Browser() })
      expect(hydra.clients.size).toBe(2)
    },
  )

  test('because registration is switched off leaves sign-in as it was', async ({ hydra, release }) => {
    await (await release()).rp.ready()
    hydra.registration.enabled = false
    const app = await release(CHANGED)
    await expectSignIn({ app, browser: new Browser() })
    expect(app.log.join('\n')).toMatch(/answered HTTP 404.*registration is disabled/)
  })
})

describe('a replacement that fails', () => {
  test('where the options need more than is registered is tried again, and makes no new client', async ({
    hydra,
    release,
  }) => {
    await (await release()).rp.ready()
    hydra.answer('client', status(500))
    const app = await release({ routes: { callback: '/back' } })
    await until(() => app.rp.status().state === 'failing')
    hydra.answer('client', undefined)
    pass(60_000)
    await until(() => app.rp.status().state === 'ready')
    await expectSignIn({ app, browser: new Browser() })
    expect([hydra.clients.size, hydra.requestsTo('register').length]).toEqual([1, 1])
  })

  test('because its answer is lost does not stop the app, which says so', async ({ hydra, release }) => {
    await (await release()).rp.ready()
    loseAnswer(hydra, 'PUT')
    const app = await release(CHANGED)
    await expectSignIn({ app, browser: new Browser() })
    expect(app.log.join('\n')).toMatch(/setOidcDynamicClient \(PUT .* failed/)
    await expectSignIn({ app: await release(CHANGED), browser: new Browser() })
    expect(hydra.clients.size).toBe(1)
  })

  test.for([
    ['HTTP 500', status(500)],
    ['HTTP 429', status(429)],
    ['HTTP 400', status(400, { error: 'invalid_client_metadata' })],
    ['HTTP 403', status(403)],
    ['no answer', hang()],
  ] as const)(
    'by %s does not stop an app whose registration serves it',
    async ([, answer], { hydra, release }) => {
      await (await release()).rp.ready()
      hydra.answer('client', answer)
      const app = await release({ ...CHANGED, providerTimeout: 8 })
      await expectSignIn({ app, browser: new Browser() })
      expect(hydra.requestsTo('register')).toHaveLength(1)
      hydra.answer('client', undefined)
      await (await release(CHANGED)).rp.ready()
      expect([...hydra.clients.values()][0]).toMatchObject({ contacts: ['ops@a.test'] })
    },
  )
})
