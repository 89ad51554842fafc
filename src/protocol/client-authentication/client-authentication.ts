import * as client from 'openid-client'
import { OidcError } from '../../vocabulary/errors.ts'
import type { ClientInformation, ClientMetadata, JsonWebKey } from '../../vocabulary/oauth2-client.ts'
import { signingAlgorithms } from '../keys/signing-algorithms.ts'
import type { ProviderMetadata } from '../metadata/provider-metadata.ts'
import { isCertificateMethod } from './certificates.ts'
import {
  type Authenticator,
  audienceOf,
  buildAssertion,
  sendAssertion,
  signBySecret,
} from './client-assertion.ts'
import { type CredentialSource, credentialSource, type MakeCredential } from './credential-source.ts'

/** What a client authenticates with. */
export interface ClientCredentials {
  readonly granted: ClientInformation
  /** The private key of `private_key_jwt`, as JWK. */
  readonly privateKey?: JsonWebKey | undefined
  /** Private keys for what the provider encrypts, the newest first. */
  readonly decryptionKeys?: readonly JsonWebKey[] | undefined
  /** The certificate of that key, in PEM format. */
  readonly certificate?: string | undefined
  /** Provides the secret or the assertion, where a function of the app makes it. */
  readonly source?: CredentialSource | undefined
}

/** What a function that makes assertions is told. */
export interface AssertionDetails {
  readonly clientId: string
  /** The audience that the provider expects. */
  readonly audience: string
}

/** A client that was registered manually. */
interface GivenClient {
  readonly clientId: string
  readonly clientSecret?: string | MakeCredential | undefined
  readonly privateKey?: JsonWebKey | undefined
  readonly decryptionKeys?: readonly JsonWebKey[] | undefined
  readonly certificate?: string | undefined
  readonly assertion?: MakeCredential<[AssertionDetails]> | undefined
  readonly authenticationMethod?: string | undefined
}

/**
 * The credentials of a client that was registered manually, with the authentication method that fits them and the provider.
 *
 * @param registered - What the client was registered with, as far as the options say.
 */
export function buildStaticCredentials(
  given: GivenClient,
  provider: Authenticator,
  registered: ClientMetadata = {},
): ClientCredentials {
  const { clientId, clientSecret, privateKey, certificate, authenticationMethod } = given
  const { token_endpoint_auth_method: method, request_object_signing_alg: requests } = registered
  const { token_endpoint_auth_signing_alg: alg = requests } = registered
  const granted = {
    ...registered,
    client_id: clientId,
    token_endpoint_auth_method: authenticationMethod ?? method ?? usualMethod(given, provider.metadata),
  }
  return {
    granted: typeof clientSecret === 'string' ? { ...granted, client_secret: clientSecret } : granted,
    decryptionKeys: given.decryptionKeys,
    privateKey: privateKey && alg !== undefined ? { ...privateKey, alg } : privateKey,
    certificate,
    source: sourceOf(given, provider),
  }
}

/** Basic, as every provider must support it (RFC 6749 §2.3.1), except where only the other one is listed (OpenID Connect Core 1.0 §9). */
function usualMethod(
  { clientSecret, privateKey, assertion }: GivenClient,
  metadata: ProviderMetadata,
): string {
  const { token_endpoint_auth_methods_supported: listed } = metadata
  if (privateKey || assertion) return 'private_key_jwt'
  if (!clientSecret) return 'none'
  const isPostOnly =
    Array.isArray(listed) && !listed.includes('client_secret_basic') && listed.includes('client_secret_post')
  return isPostOnly ? 'client_secret_post' : 'client_secret_basic'
}

/** An assertion that the client itself has signed may be sent only once (RFC 7523 §3-7); one that another issuer made, until it expires. */
function sourceOf(
  { clientId, clientSecret, assertion }: GivenClient,
  provider: Authenticator,
): CredentialSource | undefined {
  if (typeof clientSecret === 'function') return credentialSource(clientSecret, 'client.clientSecret')
  if (!assertion) return undefined
  const details = { clientId, audience: audienceOf(provider) }
  return credentialSource(
    () => assertion(details),
    'client.assertion',
    ({ iss }) => iss === clientId,
  )
}

/**
 * Builds the authentication method that a client was registered with. A registration without a method means
 * `client_secret_basic`.
 *
 * @see OpenID Connect Core 1.0 §9
 */
export async function buildClientAuthentication(
  { granted, privateKey, certificate, source }: ClientCredentials,
  provider: Authenticator,
): Promise<client.ClientAuth> {
  const {
    client_id: id,
    client_secret: secret,
    token_endpoint_auth_method: method = 'client_secret_basic',
  } = granted
  if (method === 'none') return client.None()
  if (isCertificateMethod(method)) return client.TlsClientAuth() // sends the id; the certificate is in the app's fetch
  if (method === 'private_key_jwt' && privateKey) return buildAssertion(privateKey, provider, certificate)
  if (method === 'private_key_jwt' && source) return sendAssertion(() => source.get())
  const send = secretMethods.get(method)
  if (send && secret) return send(secret, provider)
  if (send && source)
    return (...request): unknown => source.get().then(current => send(current, provider)(...request)) // openid-client waits for it
  throw new OidcError('ERR_OIDC_CLIENT_METADATA_INVALID', {
    message: `Client ${id} cannot authenticate with ${method}. Supported are client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth, self_signed_tls_client_auth and none, each with the secret or key that it needs.`,
  })
}

type SecretMethod = (secret: string, provider: Authenticator) => client.ClientAuth

const secretMethods: ReadonlyMap<string, SecretMethod> = new Map<string, SecretMethod>([
  ['client_secret_basic', secret => client.ClientSecretBasic(secret)],
  ['client_secret_post', secret => client.ClientSecretPost(secret)],
  ['client_secret_jwt', signBySecret],
])

/** Generates a private key for `private_key_jwt`. Its `kid` is its thumbprint (RFC 7638). */
export async function generatePrivateKey(algorithm: string): Promise<JsonWebKey> {
  if (!signingAlgorithms.includes(algorithm)) {
    throw new OidcError('ERR_OIDC_CLIENT_METADATA_INVALID', {
      message: `token_endpoint_auth_signing_alg must be one of ${signingAlgorithms.join(', ')}.`,
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
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: algorithm, use: 'sig' }
}

/** The public part of a private key, which is registered at the provider. */
export function publicKeyOf({ kty, kid, alg, use, n, e, crv, x, y }: JsonWebKey): JsonWebKey {
  return kty === 'RSA'
    ? ({ kty, kid, alg, use, n, e } as JsonWebKey)
    : ({ kty, kid, alg, use, crv, x, y } as JsonWebKey)
}

/** The metadata of a client, which may be shown. */
export function withoutCredentials({
  client_secret: _,
  registration_access_token: __,
  ...metadata
}: ClientMetadata): ClientMetadata {
  return Object.freeze(metadata)
}
