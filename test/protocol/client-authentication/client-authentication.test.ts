import { describe, expect } from 'vitest'
import { startProvider } from '../../../examples/provider/provider.ts'
import {
  generatePrivateKey,
  publicKeyOf,
} from '../../../src/protocol/client-authentication/client-authentication.ts'
import type { JsonWebKey } from '../../../src/vocabulary/oauth2-client.ts'
import { signIn } from '../../support/browser.ts'
import { expectRefusal, expectSignIn, test } from '../../support/flow.ts'
import { test as hydraTest } from '../../support/hydra-flow.ts'
import { addClient } from '../../support/providers/by-hand.ts'
import type { ScriptedProvider } from '../../support/scripted-provider.ts'

const REFUSED = [503, 'ERR_OIDC_CLIENT_REFUSED'] as const
const methods = ['private_key_jwt', 'client_secret_basic', 'client_secret_post', 'none'] as const
const AWKWARD = 'a:b c+d/e=f&g%20ü"€'

/** How a token request has proved who sends it. */
function proofOf({ requestsTo }: ScriptedProvider): string | undefined {
  const [request] = requestsTo('token')
  const form = new URLSearchParams(request?.body)
  const proofs = {
    private_key_jwt: form.has('client_assertion'),
    client_secret_basic: request?.headers.authorization?.startsWith('Basic '),
    client_secret_post: form.has('client_secret'),
  }
  const found = Object.entries(proofs).filter(([, isThere]) => isThere)
  expect(found.length).toBeLessThan(2)
  return found[0]?.[0] ?? 'none'
}

describe('a client that registered for', () => {
  test.for(methods)('%s signs a user in', async (method, { provider, start, browser }) => {
    const app = await start({ relyingParty: { metadata: { token_endpoint_auth_method: method } } })
    await expectSignIn({ app, browser })
    expect(proofOf(provider)).toBe(method)
    expect([...provider.clients.values()]).toMatchObject([{ token_endpoint_auth_method: method }])
  })

  test.for(methods)(
    '%s signs a user in at a real provider',
    async (method, { start, browser, onTestFinished }) => {
      const real = await startProvider()
      onTestFinished(() => real.close())
      const metadata = { token_endpoint_auth_method: method }
      const app = await start({ issuer: real.issuer, relyingParty: { metadata } })
      expect((await signIn(browser, `${app.url}/private`)).text).toBe('private page of Alice Liddell')
      expect(await app.userOf(browser)).toMatchObject({ sub: 'alice' })
    },
  )
})

describe('the method that is used', () => {
  test.for([
    ['private_key_jwt', methods],
    ['client_secret_basic', ['none', 'client_secret_post', 'client_secret_basic']],
    ['client_secret_post', ['none', 'client_secret_post', 'client_secret_jwt']],
    ['client_secret_basic', undefined],
    ['client_secret_basic', ['tls_client_auth']],
  ] as const)('is %s where the provider lists %j', async ([method, listed], { provider, start, browser }) => {
    provider.metadata.token_endpoint_auth_methods_supported = listed
    const app = await start()
    await expectSignIn({ app, browser })
    expect(proofOf(provider)).toBe(method)
  })
})

const secrets = { 'a plain secret': 'secret', 'an awkward secret': AWKWARD }
const confidential = ['client_secret_basic', 'client_secret_post'] as const
const cases = confidential.flatMap(method =>
  Object.entries(secrets).map(([name, secret]) => [method, name, secret] as const),
)

describe('a client that was made by hand', () => {
  test.for(cases)(
    'for %s with %s signs a user in',
    async ([method, , secret], { provider, start, browser }) => {
      const clientId = `by:hand ${method}`
      const client = { clientId, clientSecret: secret, authenticationMethod: method }
      const app = await start({ relyingParty: { client } })
      addClient(provider, app.url, { client_id: clientId, client_secret: secret, method })
      await expectSignIn({ app, browser })
      expect(proofOf(provider)).toBe(method)
      expect(provider.requestsTo('register')).toEqual([])
    },
  )

  test('for none signs a user in', async ({ provider, start, browser }) => {
    const app = await start({ relyingParty: { client: { clientId: 'public' } } })
    addClient(provider, app.url, { client_id: 'public', method: 'none' })
    await expectSignIn({ app, browser })
    expect(proofOf(provider)).toBe('none')
  })

  test.for(['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'])(
    'for private_key_jwt with a key for %s signs a user in',
    async (algorithm, { provider, start, browser }) => {
      const privateKey = await generatePrivateKey(algorithm)
      const app = await start({ relyingParty: { client: { clientId: 'by-key', privateKey } } })
      const jwks = { keys: [publicKeyOf(privateKey)] }
      addClient(provider, app.url, { client_id: 'by-key', method: 'private_key_jwt', jwks })
      await expectSignIn({ app, browser })
      expect(proofOf(provider)).toBe('private_key_jwt')
    },
  )

  test.for<readonly [string, (key: JsonWebKey) => JsonWebKey]>([
    ['its private part', key => publicKeyOf(key)],
    ['most of it', () => ({ kty: 'RSA', n: 'x', alg: 'RS256' })],
    ['everything', () => ({})],
  ])('with a privateKey without %s is a mistake that is named', async ([, spoil], { start, browser }) => {
    const privateKey = spoil(await generatePrivateKey('RS256'))
    const starting = start({ relyingParty: { client: { clientId: 'by-key', privateKey } } })
    const app = await starting.catch((error: unknown) => error)
    if (app instanceof Error) return expect(app).toMatchObject({ code: 'ERR_OIDC_INVALID_OPTION' })
    const { url } = await starting
    const page = await browser.open(`${url}/private`)
    expect([page.status, page.text]).toEqual([500, expect.stringMatching(/ERR_OIDC_CLIENT_METADATA_INVALID/)])
  })
})

describe('a proof that the provider no longer takes is mended while the user signs in', () => {
  test.for(confidential)('with another secret by %s', async (method, { provider, start, browser }) => {
    const app = await start({ relyingParty: { metadata: { token_endpoint_auth_method: method } } })
    await app.rp.ready()
    for (const client of provider.clients.values()) client.client_secret = 'another'
    await expectSignIn({ app, browser })
  })

  test('with another key', async ({ provider, app, browser }) => {
    await app.rp.ready()
    const keys = [publicKeyOf(await generatePrivateKey('ES256'))]
    for (const client of provider.clients.values()) client.jwks = { keys }
    await expectSignIn({ app, browser })
    expect(provider.requestsTo('register')).toHaveLength(1)
  })

  test('by another method than the registered one', async ({ provider, app, browser }) => {
    await app.rp.ready()
    for (const client of provider.clients.values()) client.token_endpoint_auth_method = 'client_secret_basic'
    await expectSignIn({ app, browser })
    expect(provider.requestsTo('register')).toHaveLength(1)
  })

  hydraTest(
    'at Hydra, which answers 400 to a kid that it does not know',
    async ({ hydra, start, browser }) => {
      const app = await start({ issuer: hydra.issuer })
      await app.rp.ready()
      const keys = [publicKeyOf(await generatePrivateKey('RS256'))]
      for (const client of hydra.clients.values()) client.jwks = { keys }
      await expectSignIn({ app, browser })
      expect(hydra.clients.size).toBe(1)
    },
  )
})

test('a static client with a wrong secret signs nobody in', async ({ provider, start, browser }) => {
  const client = { clientId: 'static', clientSecret: 'wrong' }
  const app = await start({ relyingParty: { client } })
  addClient(provider, app.url, { client_id: 'static', client_secret: 'right', method: 'client_secret_basic' })
  await expectRefusal(await browser.open(`${app.url}/private`), REFUSED, { app, browser })
})
