import { createHash } from 'node:crypto'

/**
 * Whether a claim is the hash of an access token in an ID token that is signed with this algorithm (OpenID Connect Core 1.0
 * §3.1.3.6). SHA-256 counts with every algorithm: Ory Hydra and older releases of other providers use no other, and it binds both
 * tokens as well.
 */
export function isAccessTokenHash(hash: unknown, accessToken: string, algorithm: string): boolean {
  return ['sha256', hashOf(algorithm)].some(name => hash === halfOf(accessToken, name))
}

/** The hash function of a signing algorithm: Ed25519 signs with SHA-512 (RFC 8032 §5.1). */
function hashOf(algorithm: string): string {
  return algorithm.startsWith('Ed') ? 'sha512' : `sha${algorithm.slice(-3)}`
}

function halfOf(accessToken: string, name: string): string {
  const hash = createHash(name).update(accessToken).digest()
  return hash.subarray(0, hash.length / 2).toString('base64url')
}
