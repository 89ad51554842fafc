import { OidcError } from '../../vocabulary/errors.ts'

/** Seconds for which an access token is used at most without a refresh, whatever the provider says. */
const LONGEST = 31_536_000

/**
 * Refuses tokens of another type than was asked for, which `openid-client` takes: a bearer token is not protected as the app wants
 * (RFC 9449 §5), and a token of a type that nobody asked for cannot be used (RFC 6749 §7.1).
 *
 * @throws {@link OidcError} `ERR_OIDC_TOKEN_RESPONSE_INVALID`
 */
export function requireTokenType(
  { token_type: type }: { readonly token_type: string },
  isBound: boolean,
): void {
  const wanted = isBound ? 'DPoP' : 'Bearer'
  if (type === wanted.toLowerCase()) return // openid-client lowers it
  throw new OidcError('ERR_OIDC_TOKEN_RESPONSE_INVALID', {
    reason: `token_type is "${type}" instead of "${wanted}"`,
  })
}

/** When an access token expires, in milliseconds since 1970, or `undefined` if the provider does not say. */
export function expiryOf(
  tokens: { expiresIn(): number | undefined },
  obtainedAt: number,
): number | undefined {
  const seconds = tokens.expiresIn()
  return seconds === undefined ? undefined : obtainedAt + Math.min(seconds, LONGEST) * 1_000
}
