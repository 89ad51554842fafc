import { generateKeyPairSync } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect } from 'vitest'
import {
  generatePrivateKey,
  publicKeyOf,
} from '../../../src/protocol/client-authentication/client-authentication.ts'
import { expectRefusal, expectSignIn, test } from '../../support/flow.ts'
import { addClient, assertionOf, methodOf } from '../../support/providers/by-hand.ts'
import { json, status } from '../../support/scripted-provider.ts'

const REFUSED = [503, 'ERR_OIDC_CLIENT_REFUSED'] as const

describe('a client with a secret', () => {
  test.for([
    ['client_secret_post', ['client_secret_post']], // providers.md, Apple and Twitch
    ['client_secret_post', ['client_secret_post', 'private_key_jwt']], // providers.md, FranceConnect
    ['client_secret_basic', ['client_secret_post', 'client_secret_basic']], // providers.md, Google
    ['client_secret_basic', ['client_secret_basic']], // providers.md, Kanidm
    ['client_secret_basic', undefined], // Discovery 1.0 §3
    ['client_secret_basic', null],
    ['client_secret_basic', ['private_key_jwt']],
  ] as const)(
    'sends it by %s where the provider lists %j',
    async ([method, listed], { provider, start, browser }) => {
      provider.metadata.token_endpoint_auth_methods_supported = listed
      const app = await start({ relyingParty: { client: { clientId: 'c', clientSecret: 's' } } })
      addClient(provider, app.url, { client_id: 'c', client_secret: 's', method })
      await expectSignIn({ app, browser })
      expect(provider.requestsTo('token').map(methodOf)).toEqual([method])
    },
  )

  test('is refused where nothing is listed and Basic is not taken, until it is told the method', async ({
    provider,
    start,
    browser,
  }) => {
    provider.metadata.token_endpoint_auth_methods_supported = undefined // providers.md, LINE and LinkedIn
    const client = { clientId: 'c', clientSecret: 's' }
    const wrong = await start({ relyingParty: { client } })
    addClient(provider, wrong.url, { client_id: 'c', client_secret: 's', method: 'client_secret_post' })
    await expectRefusal(await browser.open(`${wrong.url}/private`), REFUSED, { app: wrong, browser })

    const app = await start({
      relyingParty: { client: { ...client, authenticationMethod: 'client_secret_post' } },
    })
    addClient(provider, app.url, { client_id: 'c', client_secret: 's', method: 'client_secret_post' })
    await expectSignIn({ app, browser })
  })
})

/** Providers by their token endpoints, and who their assertions are for. */
const audiences = [
  ['Microsoft Entra ID', '/common/oauth2/v2.0/token', 'token_endpoint'], // providers.md, Entra
  ['Azure AD B2C', '/t/oauth2/v2.0/token?p=b2c_1_in', 'token_endpoint'], // providers.md, B2C
  ['Login.gov', '/api/openid_connect/token', 'token_endpoint'],
  ['Authelia', '/api/oidc/token', 'token_endpoint'],
  ['any other', '/token', 'issuer'],
] as const

describe('an assertion for', () => {
  test.for(audiences)('%s at %s names the %s', async ([, path, expected], { provider, start, browser }) => {
    const privateKey = await generatePrivateKey('ES256')
    const audience = { issuer: provider.issuer, token_endpoint: provider.issuer + path }
    provider.metadata.token_endpoint = audience.token_endpoint
    const app = await start({ relyingParty: { client: { clientId: 'c', privateKey } } })
    addClient(provider, app.url, { client_id: 'c' })
    await browser.open(`${app.url}/private`)
    const sent = provider.requests.filter(({ method }) => method === 'POST').map(({ body }) => body)
    const assertion = new URLSearchParams(sent[0]).get('client_assertion') ?? ''
    expect(decodeJwt(assertion).aud).toBe(audience[expected])
  })

  test.for([
    ['issuer', 'token_endpoint'],
    ['token_endpoint', 'issuer'],
  ] as const)(
    'the %s can be chosen, and a provider that wants the %s refuses it',
    async ([audience, other], { provider, start, browser }) => {
      const client = { clientId: 'c', privateKey: await generatePrivateKey('ES256') }
      const jwks = { keys: [publicKeyOf(client.privateKey)] }
      const wanted = { issuer: provider.issuer, token_endpoint: `${provider.issuer}/token` }[audience]
      const usual = provider.usualAnswer('token')
      provider.answer('token', (request, response) => {
        const assertion = new URLSearchParams(request.body).get('client_assertion') ?? ''
        const isWanted = decodeJwt(assertion).aud === wanted
        return isWanted
          ? usual(request, response)
          : status(401, { error: 'invalid_client' })(request, response)
      })
      const wrong = await start({ relyingParty: { client, clientAssertions: { audience: other } } })
      addClient(provider, wrong.url, { client_id: 'c', method: 'private_key_jwt', jwks })
      await expectRefusal(await browser.open(`${wrong.url}/private`), REFUSED, { app: wrong, browser })

      const app = await start({ relyingParty: { client, clientAssertions: { audience, lifetime: 300 } } })
      addClient(provider, app.url, { client_id: 'c', method: 'private_key_jwt', jwks })
      await expectSignIn({ app, browser })
      const { exp = 0 } = decodeJwt(assertionOf(provider))
      expect(Math.abs(exp - Date.now() / 1_000 - 300)).toBeLessThan(5)
    },
  )

  test.for([
    ['RS512', ['RS512']], // providers.md, NHS login
    ['RS256', undefined],
    ['PS256', ['ES256', 'PS256']],
  ] as const)(
    'a key without alg is signed with %s where the provider lists %j',
    async ([algorithm, listed], { provider, start, browser }) => {
      provider.metadata.token_endpoint_auth_signing_alg_values_supported = listed
      const { privateKey: key, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      const privateKey = key.export({ format: 'jwk' })
      const app = await start({ relyingParty: { client: { clientId: 'c', privateKey } } })
      const jwks = { keys: [publicKey.export({ format: 'jwk' })] }
      addClient(provider, app.url, { client_id: 'c', method: 'private_key_jwt', jwks })
      await expectSignIn({ app, browser })
      expect(decodeProtectedHeader(assertionOf(provider)).alg).toBe(algorithm)
    },
  )
})

test('an error at UserInfo is not one of the client', async ({ provider, app, browser }) => {
  provider.answer('userinfo', json({ error: 'invalid_client' }))
  await expectRefusal(await browser.open(`${app.url}/private`), [502, 'ERR_OIDC_USER_INFO_UNAVAILABLE'], {
    app,
    browser,
  })
})
