import * as client from 'openid-client'
import { OidcError } from '../../vocabulary/errors.ts'
import type { Connection } from '../provider/connection.ts'
import { readFailure } from '../provider/provider-error.ts'

/** Tokens of a login that can be revoked. */
interface Revocable {
  readonly refreshToken?: string | undefined
  readonly accessToken?: string | undefined
}

/**
 * Revokes tokens, if the provider supports it: first the refresh token, with which many providers also revoke the access
 * token. The second request is made even if the first one fails.
 *
 * @throws {@link OidcError} `ERR_OIDC_PROVIDER_UNAVAILABLE`
 * @see RFC 7009 §2
 */
export async function revokeTokens(
  { configuration, metadata }: Connection,
  { refreshToken, accessToken }: Revocable,
): Promise<void> {
  if (metadata.revocation_endpoint === undefined) return
  const revoke = async (token: string | undefined, hint: string): Promise<unknown> => {
    if (token === undefined) return undefined
    return client
      .tokenRevocation(configuration, token, { token_type_hint: hint })
      .catch((error: unknown) => error)
  }
  const failures = [await revoke(refreshToken, 'refresh_token'), await revoke(accessToken, 'access_token')]
  const error = failures.find(failure => failure !== undefined)
  if (error === undefined) return
  const { reason, details } = readFailure(error)
  throw new OidcError('ERR_OIDC_PROVIDER_UNAVAILABLE', {
    cause: details.cause,
    message: `The provider did not revoke the tokens of a login: ${reason}.`,
  })
}
