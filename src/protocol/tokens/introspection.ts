import * as client from 'openid-client'
import type { AccessTokenClaims } from '../../vocabulary/claims.ts'
import type { Connection } from '../provider/connection.ts'
import { buildRequestError } from '../requests/provider-error.ts'
import { type AccessTokenRules, bindingOf, refusal, verifyAccessTokenClaims } from './access-token-claims.ts'

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
  const claims = verifyAccessTokenClaims({ iss: rules.issuer, ...answer }, rules, connection.clock)
  verifyType(type, bindingOf(answer)?.to === 'key')
  return claims
}

/** A provider may name either type for a bound token (RFC 9449 §6.2); one without a key is never of the type DPoP. */
function verifyType(type: unknown, isBound: boolean): void {
  const types = isBound ? ['bearer', 'dpop'] : ['bearer']
  if (typeof type === 'string' && types.includes(type.toLowerCase())) return
  throw refusal(`it is not a ${isBound ? 'DPoP' : 'bearer'} token`)
}

/** Whether the provider has an introspection endpoint. */
export function hasIntrospection({ metadata }: Pick<Connection, 'metadata'>): boolean {
  return metadata.introspection_endpoint !== undefined
}
