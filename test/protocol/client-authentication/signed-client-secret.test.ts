import { generateKeyPairSync } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, importSPKI, jwtVerify } from 'jose'
import { describe, expect, vi } from 'vitest'
import { signedClientSecret } from '../../../src/index.ts'
import { Browser } from '../../support/browser.ts'
import { expectSignIn, test } from '../../support/flow.ts'
import { addClient } from '../../support/providers/by-hand.ts'

const { privateKey: pem, publicKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
const team = {
  clientId: 'com.example.web',
  issuer: 'TEAM',
  audience: 'https://appleid.apple.com',
  keyId: 'KEY',
}

describe('a signed client secret', () => {
  test('names the key, the team, the client and the provider, and is signed', async () => {
    const secret = await signedClientSecret({ ...team, privateKey: pem })()
    expect(decodeProtectedHeader(secret)).toEqual({ alg: 'ES256', kid: 'KEY' })
    const { payload } = await jwtVerify(secret, await importSPKI(publicKey, 'ES256'), {
      issuer: 'TEAM',
      subject: 'com.example.web',
      audience: 'https://appleid.apple.com',
    })
    expect(Number(payload.exp) - Number(payload.iat)).toBe(300)
  })

  test('signs users in, by the method that such a provider lists', async ({ provider, start, browser }) => {
    provider.metadata.token_endpoint_auth_methods_supported = ['client_secret_post'] // providers.md, Apple
    const secret = vi.fn(signedClientSecret({ ...team, privateKey: pem }))
    const app = await start({ relyingParty: { client: { clientId: team.clientId, clientSecret: secret } } })
    addClient(provider, app.url, { client_id: team.clientId })
    provider.answer('token', async (request, response) => {
      const client_secret = new URLSearchParams(request.body).get('client_secret') ?? ''
      expect(decodeJwt(client_secret).sub).toBe(team.clientId)
      addClient(provider, app.url, { client_id: team.clientId, client_secret, method: 'client_secret_post' })
      await provider.usualAnswer('token')(request, response)
    })
    await expectSignIn({ app, browser })
    await expectSignIn({ app, browser: new Browser() })
    expect(secret).toHaveBeenCalledTimes(1)
  })

  test.for([
    ['keyId', { keyId: '' }],
    ['privateKey', { privateKey: 'canary' }],
    ['lifetime', { lifetime: 15_777_001 }],
    ['lifetime', { lifetime: 10 }],
    ['lifetime', { lifetime: '300' as never }],
  ] as const)('without a usable %s is refused at once', ([name, wrong]) => {
    const make = () => signedClientSecret({ ...team, privateKey: pem, ...wrong })
    expect(make).toThrow(new RegExp(`signedClientSecret\\(\\): ${name} must`))
    expect(make).not.toThrow(/canary/)
  })

  test('that is no object is refused at once', () =>
    expect(() => signedClientSecret(null as never)).toThrow(
      'signedClientSecret(): the argument must be an object',
    ))
})
