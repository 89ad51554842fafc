/** How a client proves who it is at the token endpoint (OpenID Connect Core 1.0 §9). */
export type ClientAuthenticationMethod =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'private_key_jwt'
  | 'none'

/** What a client asks for when it registers (OpenID Connect Dynamic Client Registration 1.0 §2, RFC 7591 §2). */
export interface ClientMetadata {
  readonly client_name?: string
  readonly redirect_uris?: readonly string[]
  readonly post_logout_redirect_uris?: readonly string[]
  readonly response_types?: readonly string[]
  readonly grant_types?: readonly string[]
  readonly scope?: string
  readonly token_endpoint_auth_method?: string
  readonly id_token_signed_response_alg?: string
  readonly [member: string]: unknown
}

/** What the provider granted (RFC 7591 §3.2.1, RFC 7592 §3). */
export interface ClientInformation extends ClientMetadata {
  readonly client_id: string
  readonly client_secret?: string
  /** Seconds since 1970; 0 means never. */
  readonly client_secret_expires_at?: number
  readonly registration_access_token?: string
  readonly registration_client_uri?: string
}
