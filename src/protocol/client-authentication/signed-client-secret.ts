import { createPrivateKey, type KeyObject } from 'node:crypto'
import { OidcError } from '../../vocabulary/errors.ts'
import { isObject } from '../../vocabulary/json.ts'

/** What a signed client secret is made of. */
export interface SignedSecretOptions {
  /** The client's id, which becomes `sub`. */
  readonly clientId: string
  /** Who signs, as the provider knows them: at Apple, the team id. Becomes `iss`. */
  readonly issuer: string
  /** Who the secret is for: at Apple, `https://appleid.apple.com`. Becomes `aud`. */
  readonly audience: string
  /** The id that the provider gave the key. Becomes `kid`. */
  readonly keyId: string
  /** The private key in PEM format, as in the file that the provider let you download. */
  readonly privateKey: string
  /** Seconds for which a secret is valid. A new one is made before it expires. Default 300. */
  readonly lifetime?: number
}

/**
 * Makes the `clientSecret` of a provider that wants a signed one, such as Apple.
 *
 * @example
 * ```ts
 * const clientSecret = signedClientSecret({
 *   clientId: 'com.example.web',
 *   issuer: process.env.APPLE_TEAM_ID ?? '',
 *   audience: 'https://appleid.apple.com',
 *   keyId: process.env.APPLE_KEY_ID ?? '',
 *   privateKey: process.env.APPLE_PRIVATE_KEY ?? '',
 * })
 * ```
 *
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION` if a member is missing or the key cannot be read.
 */
export function signedClientSecret(options: SignedSecretOptions): () => Promise<string> {
  if (!isObject(options)) throw invalid('the argument must be an object')
  const { clientId, issuer, audience, keyId, lifetime = 300 } = options
  for (const [name, value] of Object.entries({ clientId, issuer, audience, keyId }))
    if (typeof value !== 'string' || value === '') throw invalid(`${name} must be a string that is not empty`)
  if (typeof lifetime !== 'number' || !(lifetime >= 60 && lifetime <= 15_777_000))
    throw invalid('lifetime must be a number of seconds, at least 60 and at most 15,777,000')
  const { key, algorithm } = readKey(options.privateKey)
  return async function signSecret() {
    const { SignJWT } = await import('jose/jwt/sign') // most apps never need it
    const now = Math.floor(Date.now() / 1_000)
    return await new SignJWT()
      .setProtectedHeader({ alg: algorithm, kid: keyId })
      .setIssuer(issuer)
      .setSubject(clientId)
      .setAudience(audience)
      .setIssuedAt(now)
      .setExpirationTime(now + lifetime)
      .sign(key)
  }
}

function readKey(pem: unknown): { readonly key: KeyObject; readonly algorithm: string } {
  const rule = 'privateKey must be a private key in PEM format, of type EC (P-256), RSA or Ed25519'
  let key: KeyObject
  try {
    key = createPrivateKey(String(pem))
  } catch {
    throw invalid(rule) // the error of the platform is not kept: it may quote the key
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  const algorithms: Readonly<Record<string, string>> = { rsa: 'RS256', ed25519: 'EdDSA' }
  const algorithm = type === 'ec' ? details?.namedCurve === 'prime256v1' && 'ES256' : algorithms[String(type)]
  if (!algorithm) throw invalid(rule)
  return { key, algorithm }
}

function invalid(problem: string): OidcError {
  return new OidcError('ERR_OIDC_INVALID_OPTION', { message: `signedClientSecret(): ${problem}.` })
}
