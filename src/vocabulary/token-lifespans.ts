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

/** Milliseconds of each unit of a Go duration. */
const units: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ns: 1e-6,
}

/** Milliseconds of a duration in Go's format, or `undefined` for any other text. */
function millisecondsOf(duration: string): number | undefined {
  if (!/^(0|([\d.]+(h|ms|m|s|us|µs|μs|ns))+)$/.test(duration)) return undefined
  const parts = [...duration.matchAll(/([\d.]+)([a-zµμ]+)/g)]
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 0), 0)
}

/** A lifespan as it is compared: Hydra answers `10m0s` where it was sent `10m`. Other members stay as they are. */
export function comparableLifespan(member: string, value: unknown): unknown {
  if (!member.endsWith('_lifespan') || typeof value !== 'string') return value
  return millisecondsOf(value) ?? value
}
