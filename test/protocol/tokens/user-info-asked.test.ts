import { generateKeyPairSync } from 'node:crypto'
import { describe, expect } from 'vitest'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import type { TestApp } from '../../support/app.ts'
import { test as base, expectRefusal, expectSignIn } from '../../support/flow.ts'
import { addClient } from '../../support/providers/by-hand.ts'
import { type Answer, json, type ScriptedProvider } from '../../support/scripted-provider.ts'

const INVALID = [400, 'ERR_OIDC_USER_INFO_INVALID'] as const
const asked = { metadata: { userinfo_signed_response_alg: 'RS256' } } as const

/** Starts an app, whose client is made by hand if the options say so. */
const test = base.extend('startClient', ({ provider, start }) => {
  return async (options: RelyingPartyOptions): Promise<TestApp> => {
    const app = await start({ relyingParty: options })
    const byHand = { client_id: 'by-hand', client_secret: 'a secret', method: 'client_secret_basic' }
    if (options.client) addClient(provider, app.url, byHand)
    return app
  }
})

/** Signs UserInfo with a new key of the provider. */
function signWith(provider: ScriptedProvider, alg: 'ES256' | 'RS256'): Answer {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'ec', alg: 'ES256', use: 'sig' }
  provider.answer('jwks', json({ keys: [...provider.keys, jwk] }))
  return async (_request, response) => {
    const [aud] = provider.clients.keys()
    const claims = { iss: provider.issuer, aud, ...provider.user }
    const signed =
      alg === 'ES256' ? provider.sign(claims, { alg, kid: 'ec' }, privateKey) : provider.sign(claims)
    response.writeHead(200, { 'content-type': 'application/jwt' }).end(await signed)
  }
}

describe.for([
  ['a client that registers itself', {}],
  ['a client that was made by hand', { client: { clientId: 'by-hand', clientSecret: 'a secret' } }],
] as const)('%s and asks for signed UserInfo', ([, client]) => {
  const options = { ...asked, ...client } as RelyingPartyOptions

  test('refuses it in JSON', async ({ provider, startClient, browser }) => {
    const app = await startClient(options)
    await expectRefusal(await browser.open(`${app.url}/private`), INVALID, { app, browser })
    expect(app.log.join()).toContain('it is not signed, and options.metadata.userinfo_signed_response_alg')
    provider.answer('userinfo', signWith(provider, 'RS256'))
    await expectSignIn({ app, browser })
  })

  test('is told why there is none, which need not be signed', async ({ provider, startClient, browser }) => {
    const app = await startClient(options)
    provider.answer('userinfo', json({ ok: false, error: 'ratelimited' }))
    const unavailable = [502, 'ERR_OIDC_USER_INFO_UNAVAILABLE'] as const
    await expectRefusal(await browser.open(`${app.url}/private`), unavailable, { app, browser })
    expect(app.log.join()).toContain('getOidcUserInfo answered HTTP 200, ratelimited.')
    provider.answer('userinfo', signWith(provider, 'RS256'))
    await expectSignIn({ app, browser })
  })

  test('refuses it with another algorithm', async ({ provider, startClient, browser }) => {
    const app = await startClient(options)
    provider.answer('userinfo', signWith(provider, 'ES256'))
    await expectRefusal(await browser.open(`${app.url}/private`), INVALID, { app, browser })
    expect(app.log.join()).toContain('alg is "ES256" instead of "RS256"')
    provider.answer('userinfo', signWith(provider, 'RS256'))
    await expectSignIn({ app, browser })
  })
})

test('Hydra signs with the key that it has, whatever was asked for', async ({ provider, start, browser }) => {
  provider.metadata['end_session_endpoint'] = `${provider.issuer}/oauth2/sessions/logout`
  const app = await start({ relyingParty: asked })
  provider.answer('userinfo', signWith(provider, 'ES256'))
  await expectSignIn({ app, browser })
})

test.for([
  ['asks for none', { metadata: { userinfo_signed_response_alg: 'none' } }],
  ['asks for nothing, although the provider has registered an algorithm', {}],
] as const)('an app that %s takes JSON', async ([, options], { provider, start, browser }) => {
  const usual = provider.usualAnswer('register')
  provider.answer('register', (request, response) => {
    const body = { userinfo_signed_response_alg: 'RS256', ...JSON.parse(request.body) }
    return usual({ ...request, body: JSON.stringify(body) }, response)
  })
  await expectSignIn({ app: await start({ relyingParty: options as RelyingPartyOptions }), browser })
})
