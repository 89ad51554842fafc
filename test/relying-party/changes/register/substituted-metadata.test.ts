import { describe, expect } from 'vitest'
import { watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { expectSignIn, test } from '../../../support/flow.ts'
import { changeAnswers, substitute } from '../../../support/providers/changed-answers.ts'

describe('a provider that registers something other than what was requested', () => {
  test.for([
    [{ token_endpoint_auth_method: 'client_secret_basic' }, {}, 'token_endpoint_auth_method'],
    [{ token_endpoint_auth_method: 'client_secret_post' }, {}, 'token_endpoint_auth_method'],
    [{ token_endpoint_auth_method: 'none' }, {}, 'token_endpoint_auth_method'],
    [
      { grant_types: ['authorization_code'] },
      { scope: 'openid offline_access' },
      'grant_types is ["authorization_code"] instead of ["authorization_code","refresh_token"]',
    ],
    [{ scope: 'openid email' }, {}, 'scope is "openid email" instead of "openid profile email"'],
    [{ contacts: ['a@op.test'] }, { metadata: { contacts: ['b@a.test'] } }, 'contacts'],
  ] as const)(
    '(%o) gets users who sign in, and the app says what it uses',
    async ([granted, relyingParty, words], { provider, start, browser, directory }) => {
      substitute(provider, granted)
      const app = await start({ directory, relyingParty })
      await expectSignIn({ app, browser })
      expect(app.log.filter(line => line.includes('They are used'))).toEqual([expect.stringContaining(words)])
      const again = await start({
        directory,
        relyingParty: { ...relyingParty, baseUrl: app.url },
      })
      await again.rp.ready()
      expect(provider.requestsTo('register')).toHaveLength(1)
      expect(provider.clients.size).toBe(1)
    },
  )

  test('is asked only for scopes that it granted', async ({ provider, start, browser }) => {
    substitute(provider, { scope: 'email address' })
    const app = await start()
    await expectSignIn({ app, browser })
    expect(provider.requestsTo('authorize').map(({ query }) => query.get('scope'))).toEqual(['openid email'])
  })

  test('keeps its client when the options change later', async ({ provider, start, directory, browser }) => {
    substitute(provider, { token_endpoint_auth_method: 'client_secret_basic' })
    const metadata = { token_endpoint_auth_method: 'private_key_jwt' as const }
    const first = await start({ directory, relyingParty: { metadata } })
    await first.rp.ready()
    await first.close()
    const port = Number(new URL(first.url).port)
    const changed = { ...metadata, contacts: ['ops@app.test'] }
    const app = await start({ directory, port, relyingParty: { metadata: changed } })
    await expectSignIn({ app, browser })
    const clients = [...provider.clients.values()]
    expect(clients).toMatchObject([
      { token_endpoint_auth_method: 'client_secret_basic', ...{ contacts: ['ops@app.test'] } },
    ])
    expect(provider.requestsTo('register')).toHaveLength(1)
  })
})

test.for([
  ['registration_access_token', 8_190],
  ['registration_client_uri', 2_046],
  ['metadata', 65_534],
] as const)(
  'an endless %s is not kept, and users sign in',
  async ([member, longest], { provider, start, browser }) => {
    for (const [surplus, isKept] of [
      [0, true],
      [1, false],
    ] as const) {
      const store = watchedStore()
      changeAnswers(provider, 'register', body => ({ ...body, [member]: 'x'.repeat(longest + surplus) }))
      const app = await start({ relyingParty: { store: store.store } })
      await expectSignIn({ app, browser })
      const record = await store.record()
      expect(Object.hasOwn(Object(record.current?.granted), member)).toBe(isKept)
    }
  },
)

test('a rotation that is granted something useless leaves the client that there was', async ({
  provider,
  start,
  browser,
}) => {
  const app = await start({
    relyingParty: { metadata: { token_endpoint_auth_method: 'client_secret_basic' } },
  })
  await expectSignIn({ app, browser })
  changeAnswers(provider, 'register', body => ({ ...body, redirect_uris: [] }))
  for (let times = 0; times < 3; times += 1)
    await expect(app.rp.rotate()).rejects.toMatchObject({ code: 'ERR_OIDC_REGISTRATION_REFUSED' })
  expect(provider.requestsTo('register')).toHaveLength(2)
  expect([...provider.clients.keys()]).toEqual([app.rp.status().clientId])
  await expectSignIn({ app, browser: new Browser() })
})
