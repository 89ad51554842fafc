import type { AssertionDetails } from '../../protocol/client-authentication/client-authentication.ts'
import type { JsonWebKey } from '../../vocabulary/oauth2-client.ts'

/** A client that was made by hand, with its credentials. With it, the app does not register itself. */
export type StaticClient = {
  readonly clientId: string
  /**
   * Private JWKs for what the provider encrypts, the newest first; a former key stays for as long as the provider may still use it.
   * `metadata` says what is encrypted: `id_token_encrypted_response_alg` and the like.
   */
  readonly decryptionKeys?: readonly JsonWebKey[]
} & (
  | (SecretCredentials & Without<KeyCredentials & AssertionCredentials>)
  | (KeyCredentials & Without<SecretCredentials & AssertionCredentials>)
  | (AssertionCredentials & Without<SecretCredentials & KeyCredentials>)
  | (Without<SecretCredentials & KeyCredentials & AssertionCredentials> & {
      /** `none` (default) for a public client; the others for a certificate that `fetch` presents (RFC 8705 §2). */
      readonly authenticationMethod?: 'none' | CertificateMethod
    })
)

type Without<Credentials> = { readonly [Name in Exclude<keyof Credentials, 'authenticationMethod'>]?: never }

type CertificateMethod = 'tls_client_auth' | 'self_signed_tls_client_auth'

interface SecretCredentials {
  /**
   * The secret, or a function that returns it, such as one that asks a vault, or {@link signedClientSecret}. What it returns is
   * kept until it expires, if it is a JWT, otherwise for five minutes, and asked for again when the provider refuses it.
   */
  readonly clientSecret: string | (() => string | Promise<string>)
  /**
   * Default: `metadata.token_endpoint_auth_method`; without it `client_secret_post` if the provider lists that and not
   * `client_secret_basic`, otherwise `client_secret_basic`. `client_secret_jwt` signs assertions with the secret instead of sending it.
   * `OIDC_AUTHENTICATION_METHOD`.
   */
  readonly authenticationMethod?: 'client_secret_basic' | 'client_secret_post' | 'client_secret_jwt'
}

interface KeyCredentials {
  /** A private JWK with `alg` and `kid`. The provider has its public part. */
  readonly privateKey: JsonWebKey
  /** The certificate of that key in PEM format, if the provider finds keys by the thumbprint of a certificate. */
  readonly certificate?: string
  /**
   * Other keys whose public parts are served at `routes.jwks`, each with a `kid`, so that `privateKey` can be replaced: the next one before
   * it signs, the former one for as long as the provider may still use it.
   */
  readonly servedKeys?: readonly JsonWebKey[]
  /** Default `private_key_jwt`. With the others, the key only signs requests. */
  readonly authenticationMethod?: 'private_key_jwt' | CertificateMethod
}

interface AssertionCredentials {
  /**
   * Returns a client assertion that is made elsewhere: by a key management service, or a token of the platform that the app runs
   * on (federated credentials). One that the client itself has issued is sent once, any other until it expires.
   *
   * @see RFC 7521 §4.2
   */
  readonly assertion: (details: AssertionDetails) => string | Promise<string>
  readonly authenticationMethod?: 'private_key_jwt'
}

/** How client assertions are made (RFC 7523 §3). */
export interface ClientAssertionOptions {
  /**
   * Who assertions are for: the `issuer`, as the specifications now require, or the `token_endpoint`, for a provider that accepts only
   * that. Default: what the provider is known to accept, otherwise the issuer.
   */
  readonly audience?: 'issuer' | 'token_endpoint'
  /** Seconds after which an assertion expires. 10 to 600. Default 60. */
  readonly lifetime?: number
}
