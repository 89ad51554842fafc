import { createHash, X509Certificate } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { generate } from 'selfsigned'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import { parametersOf, type Recorded, Refusal } from '../scripted-provider/exchange.ts'
import type { ProviderFixture } from './fixture.ts'
import { appKeys, assertionOf, pemOfApp } from './signing-keys.ts'

type Credentials = Partial<RelyingPartyOptions>

const clientId = '11111111-2222-4333-8444-555555555555'
const PLATFORM = 'https://kubernetes.example'
const EXCHANGE = 'api://AzureADTokenExchange'
const keys = appKeys('PS256')
const privateKey = JSON.parse(keys.privateKey)
const { cert: certificate } = await generate([{ name: 'commonName', value: 'shop' }], {
  keyPair: pemOfApp,
  algorithm: 'sha256',
})
const thumbprint = createHash('sha256').update(new X509Certificate(certificate).raw).digest('base64url')

/** The provider knows the certificate of the app. */
export const withCertificate: Partial<ProviderFixture> = {
  authentication: ['private_key_jwt'],
  client: { jwks: keys.jwks },
  refuse: {
    token(request) {
      const { alg, 'x5t#S256': named } = decodeProtectedHeader(assertionIn(request))
      if (named !== thumbprint) throw refusal('AADSTS700027: The certificate is not registered.')
      if (alg !== 'PS256') throw refusal('AADSTS700027: The signature is not PS256.')
      return undefined
    },
  },
}

/** The provider trusts tokens of a platform for one of its workloads. */
export const withPlatform: Partial<ProviderFixture> = {
  answers: {
    token: provider => async (request, response) => {
      const { iss, sub, aud } = decodeJwt(assertionIn(request))
      if (iss !== PLATFORM || sub !== 'system:serviceaccount:shop:web' || aud !== EXCHANGE)
        throw refusal('AADSTS700213: No matching federated identity record found.')
      const form = parametersOf(request)
      for (const name of ['client_assertion', 'client_assertion_type']) form.delete(name)
      form.set('client_secret', String(provider.clients.get(clientId)?.client_secret))
      await provider.usualAnswer('token')({ ...request, body: form.toString() }, response)
    },
  },
}

function assertionIn(request: Recorded): string {
  return parametersOf(request).get('client_assertion') ?? ''
}

function refusal(description: string): Refusal {
  return new Refusal(401, 'invalid_client', description)
}

export const certified: Credentials = { client: { clientId, privateKey, certificate } }

/** Without what Entra asks for. */
export const uncertified: Credentials = { client: { clientId, privateKey } }
export const otherAlgorithm: Credentials = {
  client: { clientId, privateKey: { ...privateKey, alg: undefined }, certificate },
}

/** A client with a token of the platform for a workload. */
export function workload(sub: string): Credentials {
  const claims = { iss: PLATFORM, sub, aud: EXCHANGE }
  return {
    client: {
      clientId,
      assertion: () => assertionOf('RS256', { ...claims, exp: Math.floor(Date.now() / 1000) + 3600 }),
    },
  }
}
