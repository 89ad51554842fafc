import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose'
import { describe, expect } from 'vitest'
import { startProvider } from '../../../examples/provider/provider.ts'
import { startApp } from '../../support/app.ts'
import { Browser, signIn } from '../../support/browser.ts'
import { locationOf, test } from '../../support/flow.ts'
import type { ScriptedProvider } from '../../support/scripted-provider.ts'

const metadata = { require_signed_request_object: true }
const parameters = {
  max_age: '300',
  acr_values: 'gold',
  claims: { userinfo: { email: null } },
  authorization_details: [{ type: 'payment' }],
}

/** Verifies a request with the key that the client has registered (RFC 9101 §10.2). */
async function open({ clients, issuer }: ScriptedProvider, jwt: string | null) {
  const [client] = [...clients.values()]
  const keys = createLocalJWKSet(client?.jwks as Parameters<typeof createLocalJWKSet>[0])
  return jwtVerify(jwt ?? '', keys, { issuer: String(client?.client_id), audience: issuer })
}

describe('a signed request', () => {
  test('in the URL has only what OAuth 2.0 requires outside', async ({ provider, start, browser }) => {
    const app = await start({ relyingParty: { metadata, authorizationParameters: parameters } })
    const { searchParams } = locationOf(await browser.open(`${app.url}/login`, { follow: false }))
    expect([...searchParams.keys()].sort()).toEqual(['client_id', 'request', 'response_type', 'scope'])
    const { payload, protectedHeader } = await open(provider, searchParams.get('request'))
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'oauth-authz-req+jwt', kid: expect.any(String) })
    expect(payload).toMatchObject({
      client_id: searchParams.get('client_id'),
      response_type: 'code',
      redirect_uri: `${app.url}/callback`,
      scope: 'openid profile email',
      code_challenge_method: 'S256',
      ...parameters,
      max_age: 300,
    })
    const { iat = 0, nbf = 0, exp = 0, aud, jti } = payload
    expect([aud, jti, nbf]).toEqual([provider.issuer, expect.any(String), iat])
    expect(exp - nbf).toBeLessThan(3_600)
    expect(Math.abs(Date.now() / 1_000 - iat - 30)).toBeLessThan(5) // for a provider whose clock is slower
  })

  test('is new for each sign-in', async ({ start, browser }) => {
    const app = await start({ relyingParty: { metadata } })
    const ids: unknown[] = []
    for (const _ of [1, 2]) {
      const url = locationOf(await browser.open(`${app.url}/login`, { follow: false }))
      const { jti, state, nonce } = decodeJwt(url.searchParams.get('request') ?? '')
      ids.push(jti, state, nonce)
    }
    expect(new Set(ids).size).toBe(6)
  })

  test('is pushed, with nothing beside it but the client', async ({ provider, start, browser }) => {
    provider.metadata['pushed_authorization_request_endpoint'] = `${provider.issuer}/pushed`
    const app = await start({ relyingParty: { metadata, pushedAuthorizationRequests: true } })
    const url = locationOf(await browser.open(`${app.url}/login`, { follow: false }))
    expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
    const sent = new URLSearchParams(provider.requestsTo('pushed')[0]?.body)
    const own = [...sent.keys()].filter(name => !name.startsWith('client_assertion'))
    expect(own.sort()).toEqual(['client_id', 'request'])
    const { payload } = await open(provider, sent.get('request'))
    expect(payload).toMatchObject({ redirect_uri: `${app.url}/callback`, response_type: 'code' })
  })

  test('is signed by the new key after a rotation', async ({ provider, start, browser }) => {
    const app = await start({ relyingParty: { metadata } })
    const kidOf = async (): Promise<unknown> => {
      const url = locationOf(await browser.open(`${app.url}/login`, { follow: false }))
      return (await open(provider, url.searchParams.get('request'))).protectedHeader.kid
    }
    const before = await kidOf()
    expect(await app.rp.rotate()).toBe('keys')
    expect(await kidOf()).not.toBe(before)
  })

  test('makes an app with another method register a key', async ({ provider, start, browser, directory }) => {
    const method = { token_endpoint_auth_method: 'client_secret_basic' }
    const before = await start({ directory, relyingParty: { metadata: method } })
    await before.rp.ready()
    await before.close()
    const app = await start({ directory, relyingParty: { metadata: { ...method, ...metadata } } })
    const url = locationOf(await browser.open(`${app.url}/login`, { follow: false }))
    expect(provider.clients.size).toBe(2)
    const client = provider.clients.get(url.searchParams.get('client_id') ?? '')
    const keys = createLocalJWKSet(client?.jwks as Parameters<typeof createLocalJWKSet>[0])
    await jwtVerify(url.searchParams.get('request') ?? '', keys, { issuer: String(client?.client_id) })
  })

  test('is not made where nobody asks for it', async ({ start, browser }) => {
    const app = await start({ relyingParty: { metadata: { request_object_signing_alg: 'none' } } })
    const { searchParams } = locationOf(await browser.open(`${app.url}/login`, { follow: false }))
    expect(searchParams.has('request')).toBe(false)
  })

  test('by value signs in at oidc-provider, and an unsigned one does not', async ({ onTestFinished }) => {
    const provider = await startProvider({
      configuration: usual => ({
        ...usual,
        features: { ...usual.features, requestObjects: { enabled: true } },
      }),
    })
    onTestFinished(() => provider.close())
    const app = await startApp(provider.issuer, { relyingParty: { metadata } })
    onTestFinished(() => app.close())
    const page = await signIn(new Browser(), `${app.url}/private`)
    expect([page.status, page.url]).toEqual([200, `${app.url}/private`])

    const signed = locationOf(await new Browser().open(`${app.url}/login`, { follow: false }))
    const { client_id, ...asked } = decodeJwt(signed.searchParams.get('request') ?? '')
    signed.search = ''
    for (const [name, value] of Object.entries({ client_id, ...asked }))
      signed.searchParams.set(name, String(value))
    const refused = await new Browser().open(signed.href, { follow: false })
    expect(locationOf(refused).searchParams.get('error')).toBe('invalid_request')
  })
})
