import type { JsonWebKey, RequestedMetadata } from '../../vocabulary/oauth2-client.ts'

/** What a provider may encrypt for a client, by the name that client metadata have for it. */
export const encryptedKinds = ['id_token', 'userinfo', 'authorization'] as const
export type EncryptedKind = (typeof encryptedKinds)[number]

/** The members of client metadata that say how responses are encrypted. */
export const encryptionMembers: readonly string[] = encryptedKinds.flatMap(kind => [
  `${kind}_encrypted_response_alg`,
  `${kind}_encrypted_response_enc`,
])

/**
 * How the key of an encrypted response may be encrypted: only for a public key of the app. Not RSA1_5, which lets an attacker
 * decrypt by asking (RFC 8725 §3.2), and nothing that rests on a shared secret or a password.
 */
export const keyAlgorithms: readonly string[] = [
  'ECDH-ES',
  'ECDH-ES+A128KW',
  'ECDH-ES+A192KW',
  'ECDH-ES+A256KW',
  'RSA-OAEP',
  'RSA-OAEP-256',
]

/** How its content may be encrypted, the preferred ones first. */
export const contentAlgorithms: readonly string[] = [
  'A256GCM',
  'A192GCM',
  'A128GCM',
  'A256CBC-HS512',
  'A192CBC-HS384',
  'A128CBC-HS256',
]

/** The algorithm with which a kind of response is encrypted for a client; `undefined` if it is not. */
export function keyAlgorithmOf(metadata: RequestedMetadata, kind: EncryptedKind): string | undefined {
  const algorithm = metadata[`${kind}_encrypted_response_alg`]
  return typeof algorithm === 'string' ? algorithm : undefined
}

/** The algorithms for which a client needs a key, each once. */
export function keyAlgorithmsOf(metadata: RequestedMetadata): readonly string[] {
  const algorithms = encryptedKinds.map(kind => keyAlgorithmOf(metadata, kind))
  return [...new Set(algorithms.filter(algorithm => algorithm !== undefined))]
}

/**
 * The algorithms that the content of a response may be encrypted with: the registered one. If none is registered, the default is
 * A128CBC-HS256 (OpenID Connect Dynamic Client Registration 1.0 §2), and some providers take a stronger one.
 */
export function contentAlgorithmsOf(metadata: RequestedMetadata, kind: EncryptedKind): readonly string[] {
  const registered = metadata[`${kind}_encrypted_response_enc`]
  if (typeof registered === 'string') return contentAlgorithms.filter(algorithm => algorithm === registered)
  return contentAlgorithms.filter(algorithm => algorithm.endsWith('GCM') || algorithm === 'A128CBC-HS256')
}

const curves: readonly unknown[] = ['P-256', 'P-384', 'P-521', 'X25519']

/** Whether a key can open what was encrypted with an algorithm. */
export function fits({ kty, crv, alg }: JsonWebKey, algorithm: string): boolean {
  if (alg !== undefined && alg !== algorithm) return false
  if (algorithm.startsWith('RSA')) return kty === 'RSA'
  return (kty === 'EC' || kty === 'OKP') && curves.includes(crv)
}
