import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { decodeProtectedHeader } from 'jose'
import { describe, expect, onTestFinished } from 'vitest'
import { startProvider } from '../../../examples/provider/provider.ts'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import { buildStaticCredentials } from '../../../src/protocol/client-authentication/client-authentication.ts'
import { buildConnection, discoverProvider } from '../../../src/protocol/provider/connection.ts'
import { startApp, type TestApp } from '../../support/app.ts'
import { Browser, signIn } from '../../support/browser.ts'
import { expectRefusal, expectRefusedSignIn, expectSignIn, test } from '../../support/flow.ts'
import { logoutToken, postLogout } from '../../support/logout/tokens.ts'
import { addClient, assertionOf, methodOf } from '../../support/providers/by-hand.ts'
import { json, type ScriptedProvider } from '../../support/scripted-provider.ts'
import { settingsOf } from '../../support/settings.ts'

const client = { clientId: 'c', clientSecret: 'a secret of the tests, which nobody may see' }

type Metadata = NonNullable<RelyingPartyOptions['metadata']>
type Start = (options: { readonly relyingParty: RelyingPartyOptions }) => Promise<TestApp>

/** An app whose client an administrator has made, with what that client was registered with. */
async function startByHand(provider: ScriptedProvider, start: Start, metadata: Metadata): Promise<TestApp> {
  const app = await start({ relyingParty: { client, metadata } })
  addSecretClient(provider, app, client.clientSecret, metadata)
  return app
}

function addSecretClient(
  provider: ScriptedProvider,
  app: TestApp,
  client_secret: string,
  { token_endpoint_auth_method: method }: Metadata,
): void {
  addClient(provider, app.url, { client_id: 'c', client_secret, method })
}

const pinned = { id_token_signed_response_alg: 'PS256' }

/** Signs with the key of the provider, which PS256 can use too. */
function signWith(provider: ScriptedProvider, alg: string): void {
  provider.answer('jwks', json({ keys: provider.keys.map(({ alg: _, ...key }) => key) }))
  provider.metadata.id_token_signing_alg_values_supported = ['RS256', 'PS256']
  provider.idToken = (claims, header) => ({ claims, header: { ...header, alg } })
}

describe('the algorithm that a client made by hand was registered with', () => {
  test('is the only one that may sign an ID token', async ({ provider, start, browser }) => {
    const app = await startByHand(provider, start, pinned)
    signWith(provider, 'RS256')
    await expectRefusal(await browser.open(`${app.url}/private`), [400, 'ERR_OIDC_ID_TOKEN_INVALID'], {
      app,
      browser,
    })
    signWith(provider, 'PS256')
    await expectSignIn({ app, browser })
  })

  test('need not be said: then any algorithm that the provider lists may', async ({
    provider,
    start,
    browser,
  }) => {
    const app = await startByHand(provider, start, {})
    signWith(provider, 'RS256')
    await expectSignIn({ app, browser })
    signWith(provider, 'PS256')
    await expectSignIn({ app, browser: new Browser() })
  })

  test('is the only one that may sign a logout token', async ({ provider, start, browser }) => {
    const app = await startByHand(provider, start, pinned)
    signWith(provider, 'PS256')
    await expectSignIn({ app, browser })
    const wrong = await logoutToken(provider, { sub: 'user-1', aud: 'c' })
    expect((await postLogout(app, wrong)).status).toBe(400)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    const claims = JSON.parse(Buffer.from(wrong.split('.')[1] ?? '', 'base64url').toString())
    const right = await provider.sign(claims, { typ: 'logout+jwt', alg: 'PS256' })
    expect((await postLogout(app, right)).status).toBe(200)
    expect(await app.userOf(browser)).toBeNull()
  })
})

describe('what else a client made by hand was registered with', () => {
  test('makes it push its requests', async ({ provider, start, browser }) => {
    provider.metadata['pushed_authorization_request_endpoint'] = `${provider.issuer}/pushed`
    const app = await startByHand(provider, start, { require_pushed_authorization_requests: true })
    await expectSignIn({ app, browser })
    expect(provider.requestsTo('pushed')).toHaveLength(1)
  })

  test('says how it authenticates', async ({ provider, start, browser }) => {
    const app = await startByHand(provider, start, { token_endpoint_auth_method: 'client_secret_post' })
    await expectSignIn({ app, browser })
    expect(provider.requestsTo('token').map(methodOf)).toEqual(['client_secret_post'])
  })

  test('says what a key without alg signs with', async ({ provider, start, browser }) => {
    const { privateKey: key, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const metadata = { token_endpoint_auth_signing_alg: 'RS512' }
    const app = await start({
      relyingParty: { client: { clientId: 'c', privateKey: key.export({ format: 'jwk' }) }, metadata },
    })
    const jwks = { keys: [publicKey.export({ format: 'jwk' })] }
    addClient(provider, app.url, { client_id: 'c', method: 'private_key_jwt', jwks })
    await expectSignIn({ app, browser })
    expect(decodeProtectedHeader(assertionOf(provider)).alg).toBe('RS512')
  })

  test('is part of its connection, without the secret', async ({ provider }) => {
    const settings = settingsOf({ issuer: provider.issuer, client, metadata: pinned })
    const discovered = await discoverProvider({ ...settings, proofKeys: undefined }, settings.fetch)
    const credentials = buildStaticCredentials(client, discovered, pinned)
    const connection = await buildConnection(discovered, credentials)
    expect(connection.clientMetadata).toEqual({
      ...pinned,
      client_id: 'c',
      token_endpoint_auth_method: 'client_secret_basic',
    })
    expect(inspect(connection, { depth: 5 })).not.toContain(client.clientSecret)
  })
})

describe('client_secret_jwt', () => {
  const metadata = { token_endpoint_auth_method: 'client_secret_jwt' }

  test.for([
    ['a secret', client.clientSecret],
    ['a function', async () => client.clientSecret],
  ] as const)(
    'signs assertions with %s, which is never sent',
    async ([, clientSecret], { provider, start, browser }) => {
      const app = await start({
        relyingParty: { client: { ...client, clientSecret, authenticationMethod: 'client_secret_jwt' } },
      })
      addClient(provider, app.url, {
        client_id: 'c',
        client_secret: client.clientSecret,
        method: 'client_secret_jwt',
      })
      await expectSignIn({ app, browser })
      expect(provider.requestsTo('token').map(methodOf)).toEqual(['client_secret_jwt'])
      expect(decodeProtectedHeader(assertionOf(provider))).toEqual({ alg: 'HS256' })
      expect(JSON.stringify(provider.requests)).not.toContain(client.clientSecret)
    },
  )

  test('with another secret is refused', async ({ provider, start, browser }) => {
    const app = await startByHand(provider, start, metadata)
    addSecretClient(provider, app, 'another', metadata)
    await expectRefusal(await browser.open(`${app.url}/private`), [503, 'ERR_OIDC_CLIENT_REFUSED'], {
      app,
      browser,
    })
    addSecretClient(provider, app, client.clientSecret, metadata)
    await expectSignIn({ app, browser })
  })

  test('can be registered', async ({ provider, start, browser }) => {
    const app = await start({ relyingParty: { metadata } })
    await expectSignIn({ app, browser })
    expect(provider.requestsTo('token').map(methodOf)).toEqual(['client_secret_jwt'])
  })

  test('lets no secret sign an ID token', async ({ provider, start, browser }) => {
    const app = await startByHand(provider, start, metadata)
    provider.idToken = (claims, header) =>
      provider.sign(claims, { ...header, alg: 'HS256' }, Buffer.from(client.clientSecret))
    await expectRefusedSignIn([400, 'ERR_OIDC_ID_TOKEN_INVALID'], { provider, app, browser })
  })

  test('works at oidc-provider', async () => {
    const provider = await startProvider({
      configuration: usual => ({ ...usual, clientAuthMethods: ['client_secret_jwt'] }),
    })
    onTestFinished(() => provider.close())
    const app = await startApp(provider.issuer, { relyingParty: { metadata } })
    onTestFinished(() => app.close())
    const page = await signIn(new Browser(), `${app.url}/private`)
    expect([page.status, page.url]).toEqual([200, `${app.url}/private`])
  })
})
