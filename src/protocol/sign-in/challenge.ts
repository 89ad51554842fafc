import type { OidcErrorCode } from '../../vocabulary/errors.ts'

/** Builds a `WWW-Authenticate` challenge (RFC 9110 §11.6.1). Names and values are the library's and need no escaping. */
export function buildChallenge(scheme: string, parameters: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`)
  return `${scheme} ${pairs.join(', ')}`
}

const bearerErrors: Readonly<Partial<Record<OidcErrorCode, string>>> = {
  ERR_OIDC_BEARER_REQUEST_INVALID: 'invalid_request',
  ERR_OIDC_BEARER_TOKEN_INVALID: 'invalid_token',
  ERR_OIDC_FORBIDDEN: 'insufficient_scope',
}

/** Builds the challenge for an access token. Without one in the request it names no error (RFC 6750 §3, §3.1). */
export function buildBearerChallenge(
  realm: string,
  code: OidcErrorCode,
  scope: readonly string[] = [],
): string {
  const error = bearerErrors[code]
  return buildChallenge('Bearer', {
    realm,
    ...(error && { error }),
    ...(scope.length > 0 && { scope: scope.join(' ') }),
  })
}
