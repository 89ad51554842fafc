import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose'
import * as client from 'openid-client'
import { CLOCK_TOLERANCE } from '../../vocabulary/clock-tolerance.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { ClientInformation, JsonWebKey } from '../../vocabulary/oauth2-client.ts'
import { signingAlgorithms } from './discovery.ts'
import type { ProviderMetadata } from './provider-metadata.ts'
import { assertionAudience } from './quirks.ts'

/** What a client authenticates with. */
export interface ClientCredentials {
  readonly granted: ClientInformation
  /** The private key of `private_key_jwt`, as JWK. */
  readonly privateKey?: JsonWebKey | undefined
}

/** A client that was registered manually. */
interface GivenClient {
  readonly clientId: string
  readonly clientSecret?: string | undefined
  readonly privateKey?: JsonWebKey | undefined
  readonly authenticationMethod?: string | undefined
}

/** The credentials of a client that was registered manually, with the authentication method that fits them. */
export function buildStaticCredentials({
  clientId,
  clientSecret,
  privateKey,
  authenticationMethod,
}: GivenClient): ClientCredentials {
  const usual = privateKey ? 'private_key_jwt' : clientSecret ? 'client_secret_basic' : 'none'
  const granted = { client_id: clientId, token_endpoint_auth_method: authenticationMethod ?? usual }
  return { granted: clientSecret ? { ...granted, client_secret: clientSecret } : granted, privateKey }
}

/**
 * Builds the authentication method that a client was registered with. A registration without a method means
 * `client_secret_basic`.
 *
 * @see OpenID Connect Core 1.0 §9
 */
export async function buildClientAuthentication(
  { granted, privateKey }: ClientCredentials,
  metadata: ProviderMetadata,
): Promise<client.ClientAuth> {
  const {
    client_id: id,
    client_secret: secret,
    token_endpoint_auth_method: method = 'client_secret_basic',
  } = granted
  if (method === 'none') return client.None()
  if (method === 'private_key_jwt' && privateKey) return buildAssertion(privateKey, metadata)
  if (method === 'client_secret_basic' && secret) return client.ClientSecretBasic(secret)
  if (method === 'client_secret_post' && secret) return client.ClientSecretPost(secret)
  throw new OidcError('ERR_OIDC_CLIENT_METADATA_INVALID', {
    message: `Client ${id} cannot authenticate with ${method}. Supported are client_secret_basic, client_secret_post, private_key_jwt and none, each with the secret or key that it needs.`,
  })
}

/** Seconds after which a client assertion expires: longer than a request takes, with clocks that differ. */
export const ASSERTION_LIFETIME = 60

/**
 * RFC 7523 §3. Exactly one audience: with two, one recipient could use the assertion at the other. Some servers, such as Ory Hydra,
 * allow no difference between the clocks, so `iat` is set back and `nbf`, which is optional like `iat`, is not sent.
 */
async function buildAssertion(
  privateKey: JsonWebKey,
  metadata: ProviderMetadata,
): Promise<client.ClientAuth> {
  const key = await importPrivateKey(privateKey)
  const audience = assertionAudience(metadata)
  return client.PrivateKeyJwt(
    { key, ...(privateKey.kid === undefined ? {} : { kid: privateKey.kid }) },
    {
      [client.modifyAssertion]: (header, payload) => {
        if (privateKey.alg !== undefined) header['alg'] = privateKey.alg // EdDSA has two names (RFC 9864 §2.2)
        payload['aud'] = audience
        const now = Math.floor(Date.now() / 1_000)
        payload['iat'] = now - CLOCK_TOLERANCE
        payload['exp'] = now + ASSERTION_LIFETIME
        delete payload['nbf']
      },
    },
  )
}

async function importPrivateKey(privateKey: JsonWebKey): Promise<client.CryptoKey> {
  const key = await importJWK(privateKey).catch(() => undefined)
  if (key && !(key instanceof Uint8Array) && key.type === 'private') return key
  throw new OidcError('ERR_OIDC_CLIENT_METADATA_INVALID', {
    message:
      'client.privateKey must be a private key in JWK format with kty RSA, EC or OKP, and an alg such as ES256.',
  })
}

/**
 * The algorithm for client assertions: the best that the provider lists, and RS256 where it lists none, because every provider
 * supports that. `undefined` if it lists only algorithms that this library does not support.
 */
export function chooseAssertionAlgorithm({
  token_endpoint_auth_signing_alg_values_supported: listed,
}: ProviderMetadata): string | undefined {
  if (!Array.isArray(listed)) return 'RS256'
  return ['ES256', ...signingAlgorithms].find(algorithm => listed.includes(algorithm))
}

/** Generates a private key for `private_key_jwt`. Its `kid` is its thumbprint (RFC 7638). */
export async function generatePrivateKey(algorithm: string): Promise<JsonWebKey> {
  if (!signingAlgorithms.includes(algorithm)) {
    throw new OidcError('ERR_OIDC_CLIENT_METADATA_INVALID', {
      message: `token_endpoint_auth_signing_alg must be one of ${signingAlgorithms.join(', ')}.`,
    })
  }
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: algorithm, use: 'sig' }
}

/** The public part of a private key, which is registered at the provider. */
export function publicKeyOf({ kty, kid, alg, use, n, e, crv, x, y }: JsonWebKey): JsonWebKey {
  return kty === 'RSA'
    ? ({ kty, kid, alg, use, n, e } as JsonWebKey)
    : ({ kty, kid, alg, use, crv, x, y } as JsonWebKey)
}
