import { createHash, generateKeyPairSync } from 'node:crypto'
import { describe, expect } from 'vitest'
import { expectRefusal, expectSignIn, test } from '../../support/flow.ts'
import { json, type ScriptedProvider } from '../../support/scripted-provider.ts'

const INVALID = [400, 'ERR_OIDC_ID_TOKEN_INVALID'] as const

const algorithms = {
  ES256: ['sha256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ES384: ['sha384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
  ES512: ['sha512', () => generateKeyPairSync('ec', { namedCurve: 'P-521' })],
  EdDSA: ['sha512', () => generateKeyPairSync('ed25519')],
} as const

type Algorithm = keyof typeof algorithms

const halfOf = (token: string, hash: string): string => {
  const bytes = createHash(hash).update(token).digest()
  return bytes.subarray(0, bytes.length / 2).toString('base64url')
}

/** Signs with an algorithm, and names this hash of the access token. */
function signBy(provider: ScriptedProvider, alg: Algorithm, hashOf: (token: string) => unknown): void {
  const { privateKey, publicKey } = algorithms[alg][1]()
  provider.answer(
    'jwks',
    json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: alg, alg, use: 'sig' }] }),
  )
  provider.metadata.id_token_signing_alg_values_supported = [alg]
  let issued: object = {}
  provider.idToken = (claims, header) => {
    issued = claims
    return { claims, header }
  }
  provider.tokenResponse = async body => {
    const claims = { ...issued, at_hash: hashOf(String(body.access_token)) }
    return { ...body, id_token: await provider.sign(claims, { alg, kid: alg }, privateKey) }
  }
}

describe.for(Object.keys(algorithms) as Algorithm[])(
  'an ID token that is signed by %s, with the hash',
  alg => {
    const [own] = algorithms[alg]

    test.for([
      ['that belongs to the algorithm', (token: string) => halfOf(token, own)],
      // Hydra: the header that fosite reads the algorithm from has only a kid; doorkeeper-openid_connect#245, oxAuth#1088
      ['by SHA-256, as Hydra makes it', (token: string) => halfOf(token, 'sha256')],
    ] as const)('%s signs the user in', async ([, hashOf], { provider, start, browser }) => {
      signBy(provider, alg, hashOf)
      await expectSignIn({ app: await start(), browser })
    })

    test.for([
      ['of another access token', () => halfOf('another', own)],
      ['of another access token by SHA-256', () => halfOf('another', 'sha256')],
      ['of half of the algorithm', (token: string) => halfOf(token, own).slice(0, 11)],
      ['in full', (token: string) => createHash(own).update(token).digest('base64url')],
      ['by MD5', (token: string) => halfOf(token, 'md5')],
    ] as const)('%s signs nobody in', async ([, hashOf], { provider, start, browser }) => {
      signBy(provider, alg, hashOf)
      const app = await start()
      await expectRefusal(await browser.open(`${app.url}/private`), INVALID, { app, browser })
      expect(app.log.join('\n')).toContain('at_hash is not the hash of the access token')
    })
  },
)
