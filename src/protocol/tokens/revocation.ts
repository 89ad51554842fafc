import * as client from 'openid-client'
import { OidcError } from '../../vocabulary/errors.ts'
import type { Connection } from '../provider/connection.ts'
import { readFailure, unservedCode } from '../requests/provider-error.ts'

/** Tokens of a login that can be revoked. */
interface Revocable {
  readonly refreshToken?: string | undefined
  readonly accessToken?: string | undefined
}

/**
 * Revokes tokens, if the provider supports it: first the refresh token, with which many providers also revoke the access
 * token. The second request is made even if the first one fails.
 *
 * @throws {@link OidcError} `ERR_OIDC_PROVIDER_UNAVAILABLE` or `ERR_OIDC_CLOCKS_DIFFER`
 * @see RFC 7009 §2
 */
export async function revokeTokens(
  connection: Connection,
  { refreshToken, accessToken }: Revocable,
): Promise<void> {
  const { configuration, metadata } = connection
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
  const { meaning, reason, details } = await readFailure(error, connection, [
    refreshToken ?? '',
    accessToken ?? '',
  ])
  throw new OidcError(unservedCode(meaning), {
    cause: details.cause,
    message: `The provider did not revoke the tokens of a login: ${reason}.`,
  })
}
