import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { isObject } from '../../vocabulary/json.ts'

/** Bits of an RSA modulus (RFC 7518 §3.3). */
const FEWEST_BITS = 2_048

/**
 * Whether a member of a JWK Set can verify signatures. A symmetric or a private key there is a trap (RFC 8725 §3.1), and one that is
 * too weak or damaged would stand in the way of a good one under the same `kid`.
 */
export function isSigningKey(jwk: unknown): boolean {
  if (!isObject(jwk)) return false
  const { use = 'sig', kty } = jwk
  if (use !== 'sig' || kty === 'oct' || Object.hasOwn(jwk, 'd')) return false
  const key = readKey(jwk)
  return key !== undefined && isStrong(key)
}

function readKey(jwk: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return undefined // it is damaged, or of a kind that Node.js does not know
  }
}

/** An RSA key with the exponent 1 verifies whatever anyone writes. */
function isStrong({ asymmetricKeyType: type, asymmetricKeyDetails: details = {} }: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = 0n } = details
  if (type === 'rsa') return modulusLength >= FEWEST_BITS && publicExponent > 1n
  return type === 'ec' || type === 'ed25519'
}
