import type { OidcErrorCode } from '../../vocabulary/errors.ts'
import type { Profile } from '../../vocabulary/profile.ts'
import { allowedBy } from '../metadata/profile.ts'

/** Builds a `WWW-Authenticate` challenge (RFC 9110 §11.6.1), with its values as quoted strings (§5.6.4). */
export function buildChallenge(scheme: string, parameters: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(parameters).map(
    ([name, value]) => `${name}="${value.replaceAll(/["\\]/g, '\\$&')}"`,
  )
  return `${scheme} ${pairs.join(', ')}`
}

/** How an access token is sent (RFC 6750 §2.1, RFC 9449 §7.1). */
export type TokenScheme = 'Bearer' | 'DPoP'

const tokenErrors: Readonly<Partial<Record<OidcErrorCode, string>>> = {
  ERR_OIDC_BEARER_REQUEST_INVALID: 'invalid_request',
  ERR_OIDC_BEARER_TOKEN_INVALID: 'invalid_token',
  ERR_OIDC_DPOP_PROOF_INVALID: 'invalid_dpop_proof',
  ERR_OIDC_DPOP_NONCE_REQUIRED: 'use_dpop_nonce',
  ERR_OIDC_FORBIDDEN: 'insufficient_scope',
}

/** Builds the challenge for an access token. Without one in the request it names no error (RFC 6750 §3, §3.1; RFC 9449 §7.1). */
export function buildTokenChallenge(
  scheme: TokenScheme,
  realm: string,
  code: OidcErrorCode,
  {
    scope = [],
    profile,
  }: { readonly scope?: readonly string[] | undefined; readonly profile?: Profile | undefined },
): string {
  const error = tokenErrors[code]
  return buildChallenge(scheme, {
    realm,
    ...(error && { error }),
    ...(scope.length > 0 && { scope: scope.join(' ') }),
    ...(scheme === 'DPoP' && { algs: allowedBy(profile).join(' ') }),
  })
}
