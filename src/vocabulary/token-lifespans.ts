/** A duration in Go's format, such as `1h30m`, `720h` or `500ms`. */
type GoDuration = string

/** How long tokens are valid, for each grant that issues them. Members of Ory; absent means the provider's own setting. */
export interface TokenLifespans {
  /** Access tokens from an authorization code. */
  readonly authorization_code_grant_access_token_lifespan?: GoDuration
  /** ID tokens from an authorization code. */
  readonly authorization_code_grant_id_token_lifespan?: GoDuration
  /** Refresh tokens from an authorization code. */
  readonly authorization_code_grant_refresh_token_lifespan?: GoDuration
  /** Access tokens from client credentials. */
  readonly client_credentials_grant_access_token_lifespan?: GoDuration
  /** Access tokens from a device code. */
  readonly device_authorization_grant_access_token_lifespan?: GoDuration
  /** ID tokens from a device code. */
  readonly device_authorization_grant_id_token_lifespan?: GoDuration
  /** Refresh tokens from a device code. */
  readonly device_authorization_grant_refresh_token_lifespan?: GoDuration
  /** Access tokens from the implicit flow. */
  readonly implicit_grant_access_token_lifespan?: GoDuration
  /** ID tokens from the implicit flow. */
  readonly implicit_grant_id_token_lifespan?: GoDuration
  /** Access tokens from a JWT assertion (RFC 7523 §2.1). */
  readonly jwt_bearer_grant_access_token_lifespan?: GoDuration
  /** Access tokens from a refresh token. */
  readonly refresh_token_grant_access_token_lifespan?: GoDuration
  /** ID tokens from a refresh token. */
  readonly refresh_token_grant_id_token_lifespan?: GoDuration
  /** Refresh tokens from a refresh token. */
  readonly refresh_token_grant_refresh_token_lifespan?: GoDuration
}
