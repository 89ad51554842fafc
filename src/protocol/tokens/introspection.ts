import * as client from 'openid-client'
import type { AccessTokenClaims } from '../../vocabulary/claims.ts'
import type { Connection } from '../provider/connection.ts'
import { buildRequestError } from '../provider/provider-error.ts'
import { type AccessTokenRules, refusal, verifyAccessTokenClaims } from './access-token-claims.ts'

/**
 * Asks the provider about an access token, authenticated as our client, and verifies what it says.
 *
 * Hydra has this on its admin address alone, takes any client there, and says `active` of refresh tokens too, as
 * `token_use`.
 *
 * @throws {@link OidcError} `ERR_OIDC_BEARER_TOKEN_INVALID` for the token; `ERR_OIDC_CLIENT_REFUSED`,
 * `ERR_OIDC_PROVIDER_UNAVAILABLE`, `ERR_OIDC_RATE_LIMITED` or `ERR_OIDC_ANSWER_INVALID` where the answer is not about it.
 * @see RFC 7662 §2
 */
export async function introspectToken(
  connection: Connection,
  token: string,
  rules: AccessTokenRules,
): Promise<AccessTokenClaims> {
  const answer = await client
    .tokenIntrospection(connection.configuration, token, { token_type_hint: 'access_token' })
    .catch(error => {
      throw buildRequestError(connection, error, 'introspection endpoint')
    })
  if (!answer.active) throw refusal('the provider says that it is not active')
  const { token_use: use = 'access_token', token_type: type = 'Bearer' } = answer
  if (use !== 'access_token') throw refusal('it is another kind of token')
  if (String(type).toLowerCase() !== 'bearer') throw refusal('it is no bearer token')
  return verifyAccessTokenClaims({ iss: rules.issuer, ...answer }, rules)
}

/** Whether the provider can be asked about tokens. */
export function hasIntrospection({ metadata }: Pick<Connection, 'metadata'>): boolean {
  return metadata.introspection_endpoint !== undefined
}
