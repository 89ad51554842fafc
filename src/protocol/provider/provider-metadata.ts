import type { ServerMetadata } from 'openid-client'

/** The provider's configuration (OpenID Connect Discovery 1.0 §3), checked. */
export type ProviderMetadata = Readonly<ServerMetadata> & {
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly jwks_uri: string
}
