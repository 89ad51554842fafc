import type { AssertionDetails } from '../../protocol/provider/client-authentication.ts'
import type { JsonWebKey } from '../../vocabulary/oauth2-client.ts'

/** A client that was made by hand, with its credentials. With it, the app does not register itself. */
export type StaticClient = { readonly clientId: string } & (
  | (SecretCredentials & Without<KeyCredentials & AssertionCredentials>)
  | (KeyCredentials & Without<SecretCredentials & AssertionCredentials>)
  | (AssertionCredentials & Without<SecretCredentials & KeyCredentials>)
  | (Without<SecretCredentials & KeyCredentials & AssertionCredentials> & {
      /** A public client. */
      readonly authenticationMethod?: 'none'
    })
)

type Without<Credentials> = { readonly [Name in Exclude<keyof Credentials, 'authenticationMethod'>]?: never }

interface SecretCredentials {
  /**
   * The secret, or a function that returns it, such as one that asks a vault, or {@link signedClientSecret}. What it returns is
   * kept until it expires, if it is a JWT, otherwise for five minutes, and asked for again when the provider refuses it.
   */
  readonly clientSecret: string | (() => string | Promise<string>)
  /** Default: `client_secret_post` if the provider lists only that of the two, otherwise `client_secret_basic`. `OIDC_AUTHENTICATION_METHOD`. */
  readonly authenticationMethod?: 'client_secret_basic' | 'client_secret_post'
}

interface KeyCredentials {
  /** A private JWK with `alg` and `kid`. The provider has its public part. */
  readonly privateKey: JsonWebKey
  /** The certificate of that key in PEM format, if the provider finds keys by the thumbprint of a certificate. */
  readonly certificate?: string
  readonly authenticationMethod?: 'private_key_jwt'
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
