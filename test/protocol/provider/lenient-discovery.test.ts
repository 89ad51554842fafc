import { describe, expect } from 'vitest'
import { expectSignIn, test } from '../../support/flow.ts'
import { accessToken, apiApp, call } from '../../support/tokens/bearer.ts'

describe('a discovery document with', () => {
  test.for([
    ['null for what it does not have', { tenant_region_scope: null, revocation_endpoint: null }], // providers.md, Entra
    [
      'empty text for endpoints',
      { userinfo_endpoint: '', end_session_endpoint: '', introspection_endpoint: '' },
    ],
    ['null for lists', { code_challenge_methods_supported: null, response_types_supported: null }],
    ['an endpoint on http that is not used', { revocation_endpoint: 'http://op.example/revoke' }],
    ['an endpoint that nobody knows and that is no URL', { vendor_endpoint: { at: 'home' } }],
    ['a relative endpoint that is not used', { introspection_endpoint: '/introspect' }],
  ] as const)('%s lets users sign in', async ([, members], { provider, start, browser }) => {
    Object.assign(provider.metadata, members)
    await expectSignIn({ app: await start(), browser })
  })

  test.for([
    ['revocation_endpoint', { revokeOnLogout: true }, { revocation_endpoint: 'http://op.example/revoke' }],
    ['introspection_endpoint', { bearer: { audience: 'api' } }, { introspection_endpoint: '/introspect' }],
    ['registration_endpoint', {}, { registration_endpoint: 'http://op.example/register' }],
    ['userinfo_endpoint', {}, { userinfo_endpoint: 'http://op.example/me' }],
    ['end_session_endpoint', {}, { end_session_endpoint: 'javascript:alert(1)' }],
    ['issuer', {}, { issuer: null }],
    ['scopes_supported', {}, { scopes_supported: 'openid' }],
  ] as const)(
    'a wrong %s is refused by an app that uses it',
    async ([name, relyingParty, members], { provider, start }) => {
      Object.assign(provider.metadata, members)
      const app = await start({ relyingParty })
      await expect(app.rp.ready({ timeout: 15 })).rejects.toMatchObject({
        code: name === 'issuer' ? 'ERR_OIDC_PROVIDER_UNAVAILABLE' : 'ERR_OIDC_DISCOVERY_INVALID',
        message: expect.stringContaining(name),
      })
    },
  )

  test('a wrong end_session_endpoint lets users sign in, if they only sign out of the app', async ({
    provider,
    start,
    browser,
  }) => {
    provider.metadata.end_session_endpoint = 'javascript:alert(1)'
    await expect((await start()).rp.ready()).rejects.toMatchObject({ code: 'ERR_OIDC_DISCOVERY_INVALID' })
    await expectSignIn({ app: await start({ relyingParty: { logoutRequest: false } }), browser })
  })

  test('nothing for browsers is enough for an app that takes only access tokens', async ({
    provider,
    start,
  }) => {
    Object.assign(provider.metadata, {
      authorization_endpoint: undefined,
      userinfo_endpoint: 'http://op.example/me',
      end_session_endpoint: '/logout',
      revocation_endpoint: 'none',
      require_pushed_authorization_requests: true,
    })
    const relyingParty = { revokeOnLogout: true }
    await expect((await start(apiApp({}, { relyingParty }))).rp.ready()).rejects.toMatchObject({
      code: 'ERR_OIDC_DISCOVERY_INVALID',
      message: expect.stringContaining('authorization_endpoint is missing'),
    })
    const app = await start(apiApp({ tokensOnly: true }, { relyingParty, session: false }))
    expect((await call(app, '/api', await accessToken(provider))).status).toBe(200)
  })

  test('null for addresses that ask for certificates keeps the others', async ({
    provider,
    start,
    browser,
  }) => {
    const relyingParty = { metadata: { use_mtls_endpoint_aliases: true } }
    const token_endpoint = 'http://op.example/token'
    provider.metadata['mtls_endpoint_aliases'] = { token_endpoint }
    await expect((await start({ relyingParty })).rp.ready()).rejects.toMatchObject({
      code: 'ERR_OIDC_DISCOVERY_INVALID',
      message: expect.stringContaining('token_endpoint does not use https'),
    })
    provider.metadata['mtls_endpoint_aliases'] = { token_endpoint: null, userinfo_endpoint: '' }
    await expectSignIn({ app: await start({ relyingParty }), browser })
  })

  test('a registration endpoint on http does not matter to a client that was made by hand', async ({
    provider,
    start,
    browser,
  }) => {
    const client = { clientId: 'by-hand', clientSecret: 'secret' }
    const app = await start({ relyingParty: { client } })
    provider.clients.set('by-hand', {
      client_id: 'by-hand',
      client_secret: 'secret',
      redirect_uris: [`${app.url}/callback`],
    })
    provider.metadata.registration_endpoint = 'http://op.example/register'
    await expectSignIn({ app, browser })
  })
})
