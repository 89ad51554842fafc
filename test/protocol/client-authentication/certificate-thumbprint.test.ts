import { createHash, createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { decodeProtectedHeader } from 'jose'
import { expect } from 'vitest'
import { expectSignIn, test } from '../../support/flow.ts'
import { addClient, assertionOf } from '../../support/providers/by-hand.ts'
import { certify } from '../../support/providers/tls-servers.ts'

/** providers.md, Entra: the thumbprint of the certificate in `x5t#S256`. */
test('an assertion names the certificate of its key, and needs no kid', async ({
  provider,
  start,
  browser,
}) => {
  const { cert: certificate, private: pem } = await certify({ host: 'app.example' })
  const privateKey = { ...createPrivateKey(pem).export({ format: 'jwk' }), alg: 'ES256' }
  const app = await start({ relyingParty: { client: { clientId: 'c', privateKey, certificate } } })
  const jwks = { keys: [createPublicKey(pem).export({ format: 'jwk' })] }
  addClient(provider, app.url, { client_id: 'c', method: 'private_key_jwt', jwks })
  await expectSignIn({ app, browser })
  const thumbprint = createHash('sha256').update(new X509Certificate(certificate).raw).digest('base64url')
  expect(decodeProtectedHeader(assertionOf(provider))).toEqual({ alg: 'ES256', 'x5t#S256': thumbprint })
})

test('the certificate of another key is refused at the start', async ({ start }) => {
  const { private: pem } = await certify({ host: 'app.example' })
  const { cert: certificate } = await certify({ host: 'app.example' })
  const privateKey = { ...createPrivateKey(pem).export({ format: 'jwk' }), alg: 'ES256' }
  await expect(
    start({ relyingParty: { client: { clientId: 'c', privateKey, certificate } } }),
  ).rejects.toMatchObject({
    code: 'ERR_OIDC_INVALID_OPTION',
    message: expect.stringContaining('options.client.certificate must belong to the private key'),
  })
})
