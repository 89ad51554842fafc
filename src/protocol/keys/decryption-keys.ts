import { createPrivateKey } from 'node:crypto'
import { OidcError } from '../../vocabulary/errors.ts'
import type { JsonWebKey } from '../../vocabulary/oauth2-client.ts'
import { fits, keyAlgorithms } from './encryption-algorithms.ts'

/** Generates a private key for what the provider encrypts. Its `kid` is its thumbprint (RFC 7638). */
export async function generateDecryptionKey(algorithm: string): Promise<JsonWebKey> {
  if (!keyAlgorithms.includes(algorithm)) {
    throw new OidcError('ERR_OIDC_CLIENT_METADATA_INVALID', {
      message: `A response can only be encrypted with ${keyAlgorithms.join(', ')}.`,
    })
  }
  // Only a registration needs them.
  const [{ generateKeyPair }, { exportJWK }, { calculateJwkThumbprint }] = await Promise.all([
    import('jose/key/generate/keypair'),
    import('jose/key/export'),
    import('jose/jwk/thumbprint'),
  ])
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: algorithm, use: 'enc' }
}

/** Says what is wrong with a key for what the provider encrypts; `undefined` if it can open it. */
export function decryptionKeyProblem(key: JsonWebKey, registered: readonly string[]): string | undefined {
  if (key.use !== undefined && key.use !== 'enc') return 'has a use other than enc'
  if (!isPrivate(key)) return 'must be a private key in JWK format'
  if (keyAlgorithms.every(algorithm => !fits(key, algorithm)))
    return `must be an RSA key, or one of the curves P-256, P-384, P-521 and X25519, with one of ${keyAlgorithms.join(', ')} as alg, or without it`
  if (registered.every(algorithm => !fits(key, algorithm)))
    return `does not fit ${registered.join(' or ')}, which options.metadata say that the client is registered with`
  return undefined
}

/** RFC 7518 §4.3: at least 2048 bits. */
function isPrivate(key: JsonWebKey): boolean {
  try {
    const { asymmetricKeyDetails } = createPrivateKey({ key, format: 'jwk' })
    return (asymmetricKeyDetails?.modulusLength ?? 2048) >= 2048
  } catch {
    return false
  }
}
