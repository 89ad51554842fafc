import { decodeJwt } from 'jose'
import { describe, expect } from 'vitest'
import {
  generatePrivateKey,
  publicKeyOf,
} from '../../../src/protocol/client-authentication/client-authentication.ts'
import { generateDecryptionKey } from '../../../src/protocol/keys/decryption-keys.ts'
import type { JsonWebKey } from '../../../src/vocabulary/oauth2-client.ts'
import type { TestApp } from '../../support/app.ts'
import { Browser } from '../../support/browser.ts'
import { pass, stopClock } from '../../support/clock.ts'
import { expectRefusal, expectSignIn, test } from '../../support/flow.ts'
import { addClient } from '../../support/providers/by-hand.ts'
import type { ScriptedProvider } from '../../support/scripted-provider.ts'
import { encrypt, encryptionLists, encryptResponses } from '../../support/tokens/encryption.ts'
import { askToken, tokenRoutes } from '../../support/tokens/token-routes.ts'

stopClock()

const BAD_ID_TOKEN = [400, 'ERR_OIDC_ID_TOKEN_INVALID'] as const
const metadata = { id_token_encrypted_response_alg: 'ECDH-ES' } as const

describe('a client made by hand', () => {
  test('opens what is encrypted for its newest key and for a former one, and serves the newest', async ({
    provider,
    start,
  }) => {
    const privateKey = await generatePrivateKey('ES256')
    const newest = await generateDecryptionKey('ECDH-ES')
    const { alg: _, kid: __, use: ___, ...former } = await generateDecryptionKey('ECDH-ES')
    const app = await start({
      relyingParty: {
        client: { clientId: 'c', privateKey, decryptionKeys: [newest, former] },
        metadata,
        routes: { jwks: '/jwks.json' },
      },
    })
    const jwks_uri = `${app.url}/jwks.json`
    addClient(provider, app.url, { client_id: 'c', method: 'private_key_jwt', jwks_uri })
    expect(await (await fetch(jwks_uri)).json()).toEqual(
      JSON.parse(JSON.stringify({ keys: [publicKeyOf(privateKey), publicKeyOf(newest)] })),
    )
    for (const key of [newest, { ...former, alg: 'ECDH-ES' }]) {
      encryptAs(provider, key)
      await expectSignIn({ app, browser: new Browser() })
    }
    provider.behave()
    const browser = new Browser()
    await expectRefusal(await browser.open(`${app.url}/private`), BAD_ID_TOKEN, { app, browser })
    encryptAs(provider, await generateDecryptionKey('ECDH-ES'))
    await expectRefusal(await browser.open(`${app.url}/private`), BAD_ID_TOKEN, { app, browser })
  })
})

function encryptAs(provider: ScriptedProvider, key: JsonWebKey): void {
  provider.idToken = async (claims, header) => encrypt(await provider.sign(claims, header), { key })
}

describe('an encrypted ID token of a refresh', () => {
  /** Signs in, refreshes the access token, signs out, and returns when the ID token was issued that the sign-out sent. */
  async function hintAfterRefresh(app: TestApp, browser: Browser, provider: ScriptedProvider) {
    await expectSignIn({ app, browser })
    const before = provider.requestsTo('token').length
    pass(20_000)
    const { status } = await askToken(app, browser)
    expect([status, provider.requestsTo('token').length]).toEqual([200, before + 1])
    await browser.post(`${app.url}/logout`, {})
    const request = provider.requestsTo('endSession').at(-1)
    return decodeJwt(new URLSearchParams(request?.query).get('id_token_hint') ?? '')
  }

  const options = {
    after: tokenRoutes,
    relyingParty: { metadata, scope: 'openid offline_access' },
  } as const

  test.for([
    ['is what a sign-out sends, without its encryption', true, 'refreshed'],
    ['that is not encrypted is ignored', false, 'signed in'],
  ] as const)('%s', async ([, isEncrypted, origin], { provider, start, browser }) => {
    Object.assign(provider.metadata, encryptionLists)
    const app = await start(options)
    await app.rp.ready()
    encryptResponses(provider, { userInfo: jwt => jwt })
    provider.tokenResponse = body => ({ ...body, expires_in: 30 })
    const { idToken } = provider
    provider.idToken = async (claims, header, requests) => {
      const isRefresh = requests.form.get('grant_type') === 'refresh_token'
      const marked = { ...claims, origin: isRefresh ? 'refreshed' : 'signed in' }
      if (isRefresh && !isEncrypted) return provider.sign(marked, header)
      return idToken(marked, header, requests)
    }
    expect(await hintAfterRefresh(app, browser, provider)).toMatchObject({ sub: 'user-1', origin })
  })
})
