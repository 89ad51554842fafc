import { describe, expect } from 'vitest'
import { watchedStore } from '../../../support/apps/replicas.ts'
import { expectRefusal, expectSignIn, test } from '../../../support/flow.ts'
import { refuseMethods } from '../../../support/providers/changed-answers.ts'
import { type ScriptedProvider, status } from '../../../support/scripted-provider.ts'

const REFUSED = 'ERR_OIDC_REGISTRATION_REFUSED'

const askedMethods = (provider: ScriptedProvider): string[] =>
  provider.requestsTo('register').map(({ body }) => JSON.parse(body).token_endpoint_auth_method)

describe('a provider that refuses an authentication method which it lists', () => {
  test('is asked for the next one, and users sign in', async ({ provider, start, browser }) => {
    refuseMethods(provider, 'private_key_jwt')
    const app = await start()
    await expectSignIn({ app, browser })
    expect(askedMethods(provider)).toEqual(['private_key_jwt', 'client_secret_basic'])
    expect(provider.clients.size).toBe(1)
    expect(app.log.join('\n')).toMatch(/invalid_client_metadata: Invalid Client Registration: jwks_uri/)
  })

  test('is not asked for it again by a replacement or a later start', async ({
    provider,
    start,
    browser,
  }) => {
    refuseMethods(provider, 'private_key_jwt')
    const { store } = watchedStore()
    const app = await start({ relyingParty: { store, name: 'app' } })
    await app.rp.ready()
    expect(await app.rp.rotate()).toBe('replacement')
    await expectSignIn({ app, browser })
    expect(askedMethods(provider).slice(2)).toEqual(['client_secret_basic'])
    await app.close()
    provider.clients.clear()
    const port = Number(new URL(app.url).port)
    const later = await start({ port, relyingParty: { store, name: 'app' } })
    await expectSignIn({ app: later, browser })
    await expect.poll(() => askedMethods(provider).slice(3)).toEqual(['client_secret_basic'])
  })

  test('is asked for it again when its discovery document has changed', async ({ provider, start }) => {
    refuseMethods(provider, 'private_key_jwt')
    const { store } = watchedStore()
    const app = await start({ relyingParty: { store, name: 'app' } })
    await app.rp.ready()
    await app.close()
    provider.answer('register', undefined)
    provider.metadata = { ...provider.metadata, claims_supported: ['sub'] }
    const port = Number(new URL(app.url).port)
    const later = await start({ port, relyingParty: { store, name: 'app' } })
    expect(await later.rp.rotate()).toBe('replacement')
    expect(askedMethods(provider).slice(2)).toEqual(['private_key_jwt'])
  })

  test('is asked for it again when it refuses what it accepted before', async ({ provider, start }) => {
    refuseMethods(provider, 'private_key_jwt')
    const app = await start()
    await app.rp.ready()
    refuseMethods(provider, 'client_secret_basic', 'client_secret_post')
    await expect(app.rp.rotate()).rejects.toMatchObject({ code: REFUSED })
    expect(await app.rp.rotate()).toBe('replacement')
    expect(askedMethods(provider).at(-1)).toBe('private_key_jwt')
  })

  test('is asked once for a method that the app has chosen', async ({ provider, start, browser }) => {
    refuseMethods(provider, 'private_key_jwt')
    const app = await start({
      relyingParty: { metadata: { token_endpoint_auth_method: 'private_key_jwt' } },
    })
    await expect(app.rp.ready()).rejects.toMatchObject({ code: REFUSED })
    await expectRefusal(await browser.open(`${app.url}/login`), [503, REFUSED], { app, browser })
    expect(askedMethods(provider)).toEqual(['private_key_jwt'])
  })

  test('is asked for each once if it refuses all, and the next start begins with the best', async ({
    provider,
    start,
    directory,
    browser,
  }) => {
    refuseMethods(provider, 'private_key_jwt', 'client_secret_basic', 'client_secret_post')
    const app = await start({ directory })
    await expect(app.rp.ready()).rejects.toMatchObject({ code: REFUSED, error: 'invalid_client_metadata' })
    await expectRefusal(await browser.open(`${app.url}/login`), [503, REFUSED], { app, browser })
    expect(askedMethods(provider)).toEqual(['private_key_jwt', 'client_secret_basic', 'client_secret_post'])
    provider.answer('register', undefined)
    await expectSignIn({ app: await start({ directory }), browser })
    expect(askedMethods(provider).slice(3)).toEqual(['private_key_jwt'])
  })
})

test.for([
  [400, 'invalid_redirect_uri'],
  [403, 'invalid_client_metadata'],
] as const)(
  'a refusal (%i %s) that is about something else is not repeated',
  async ([code, error], { provider, start }) => {
    provider.answer('register', status(code, { error }))
    const app = await start()
    await expect(app.rp.ready()).rejects.toMatchObject({ code: REFUSED })
    expect(provider.requestsTo('register')).toHaveLength(1)
  },
)
