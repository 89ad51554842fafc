import { describe, expect } from 'vitest'
import { test } from '../../../support/apps/releases.ts'
import { watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { stopClock } from '../../../support/clock.ts'
import { expectSignIn } from '../../../support/flow.ts'

stopClock()

describe('options that have not changed', () => {
  test('cause no call at all', async ({ hydra, release }) => {
    for (let round = 0; round < 3; round += 1) {
      const app = await release({ scope: 'openid email' })
      await app.rp.ready()
    }
    expect(hydra.requestsTo('register')).toHaveLength(1)
    expect(hydra.requestsTo('client')).toHaveLength(0)
  })
})

describe('options that have changed', () => {
  test.for([
    [
      'scope',
      { scope: 'openid profile offline_access' },
      { scope: expect.stringMatching(/^openid profile offline_access/) },
    ],
    ['client name', { metadata: { client_name: 'Shop' } }, { client_name: 'Shop' }],
    ['metadata', { metadata: { contacts: ['a@b.test'] } }, { contacts: ['a@b.test'] }],
    [
      'logout address',
      { routes: { logoutCallback: '/bye' } },
      {
        post_logout_redirect_uris: [
          expect.stringMatching(/\/bye$/),
          expect.stringMatching(/\/logout\/callback$/),
        ],
      },
    ],
    [
      'callback address',
      { routes: { callback: '/back' } },
      { redirect_uris: [expect.stringMatching(/\/back$/), expect.stringMatching(/\/callback$/)] },
    ],
  ] as const)(
    'in %s cause one replacement, which is whole',
    async ([, change, expected], { hydra, release }) => {
      await (await release()).rp.ready()
      for (const client of hydra.clients.values()) Object.assign(client, { owner: 'ops', audience: ['api'] })
      const [clientId] = hydra.clients.keys()
      const app = await release(change)
      await app.rp.ready()
      expect(hydra.requestsTo('client').map(({ method }) => method)).toEqual(['GET', 'PUT'])
      const sent = JSON.parse(hydra.requestsTo('client')[1]?.body ?? '')
      const { id_token_signed_response_alg: _, ...first } = JSON.parse(
        hydra.requestsTo('register')[0]?.body ?? '',
      ) // Hydra does not know that member
      expect(Object.keys(sent)).toEqual(expect.arrayContaining(Object.keys(first)))
      expect(sent).toMatchObject({ ...expected, owner: 'ops', audience: ['api'], jwks: first.jwks })
      for (const refused of [
        'metadata',
        'client_secret',
        'skip_consent',
        'created_at',
        'registration_access_token',
      ])
        expect(sent).not.toHaveProperty(refused)
      expect(hydra.clients.get(clientId ?? '')).toMatchObject({
        ...expected,
        owner: 'ops',
        audience: ['api'],
      })
      await expectSignIn({ app, browser: new Browser() })
      expect([hydra.clients.size, app.rp.status().clientId]).toEqual([1, clientId])
    },
  )

  test('in the base URL leave the old address registered', async ({ hydra, release }) => {
    const before = await release()
    await before.rp.ready()
    await (await release({ baseUrl: 'https://new.example' })).rp.ready()
    const [client] = hydra.clients.values()
    expect(client).toMatchObject({
      redirect_uris: ['https://new.example/callback', `${before.url}/callback`],
      post_logout_redirect_uris: ['https://new.example/logout/callback', `${before.url}/logout/callback`],
    })
    expect(hydra.requestsTo('client')).toHaveLength(2)
  })

  test('five times in a row work, each with the token of the one before', async ({ hydra, release }) => {
    const tokens = new Set<unknown>()
    for (const client_name of ['A', 'B', 'C', 'D', 'E', 'F']) {
      const app = await release({ metadata: { client_name } })
      await expectSignIn({ app, browser: new Browser() })
      tokens.add([...hydra.clients.values()][0]?.registration_access_token)
    }
    const answers = hydra.requestsTo('client').map(({ method }) => method)
    expect(answers).toEqual(Array.from({ length: 5 }, () => ['GET', 'PUT']).flat())
    expect([tokens.size, hydra.clients.size]).toEqual([6, 1])
    expect([...hydra.clients.values()][0]).toMatchObject({ client_name: 'F' })
  })
})

describe('the registration access token of a replacement', () => {
  test('is in the store before anything else happens', async ({ hydra, start, onTestFinished }) => {
    const sequence: string[] = []
    const watched = watchedStore((operation, key, value) => {
      if (operation === 'set') sequence.push(`set ${key.split(':')[0]} ${value}`)
    })
    const store = { store: watched.store, name: 'app' }
    const first = await start({
      issuer: hydra.issuer,
      relyingParty: { ...store, metadata: { client_name: 'A' } },
    })
    await first.rp.ready()
    const usual = hydra.usualAnswer('client')
    hydra.answer('client', async (request, response) => {
      await usual(request, response)
      sequence.push(`${request.method} ${[...hydra.clients.values()][0]?.registration_access_token}`)
    })
    onTestFinished(() => hydra.answer('client', undefined))
    const next = await start({
      issuer: hydra.issuer,
      relyingParty: { ...store, metadata: { client_name: 'B' }, baseUrl: first.url },
    })
    await next.rp.ready()
    const put = sequence.findIndex(step => step.startsWith('PUT'))
    const token = sequence[put]?.slice('PUT '.length) ?? ''
    expect(sequence[put + 1]).toMatch(/^set client /)
    expect(sequence[put + 1]).toContain(token)
  })
})
