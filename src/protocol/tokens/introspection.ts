import * as client from 'openid-client'
import type { AccessTokenClaims } from '../../vocabulary/claims.ts'
import type { Connection } from '../provider/connection.ts'
import { buildRequestError } from '../provider/provider-error.ts'
import { type AccessTokenRules, refusal, verifyAccessTokenClaims } from './access-token-claims.ts'

/**
 * Asks the provider about an access token, authenticated as the client, and verifies the answer.
 *
 * Hydra offers this only on its admin address, accepts any client there, and also reports refresh tokens as `active`,
 * which it tells apart with `token_use`.
 *
 * @throws {@link OidcError} `ERR_OIDC_BEARER_TOKEN_INVALID` for an invalid token; `ERR_OIDC_CLIENT_REFUSED`,
 * `ERR_OIDC_PROVIDER_UNAVAILABLE`, `ERR_OIDC_RATE_LIMITED` or `ERR_OIDC_ANSWER_INVALID` without a usable answer.
 * @see RFC 7662 §2
 */
export async function introspectToken(
  connection: Connection,
  token: string,
  rules: AccessTokenRules,
): Promise<AccessTokenClaims> {
  const answer = await client
    .tokenIntrospection(connection.configuration, token, { token_type_hint: 'access_token' })
    .catch(async error => {
      throw await buildRequestError(connection, error, 'introspection endpoint', [token])
    })
  if (!answer.active) throw refusal('the provider says that it is not active')
  const { token_use: use = 'access_token', token_type: type = 'Bearer' } = answer
  if (use !== 'access_token') throw refusal('it is a different kind of token')
  if (String(type).toLowerCase() !== 'bearer') throw refusal('it is not a bearer token')
  return verifyAccessTokenClaims({ iss: rules.issuer, ...answer }, rules, connection.clock)
}

/** Whether the provider has an introspection endpoint. */
export function hasIntrospection({ metadata }: Pick<Connection, 'metadata'>): boolean {
  return metadata.introspection_endpoint !== undefined
}
