import * as client from 'openid-client'
import { OidcError } from '../vocabulary/errors.ts'
import type { Connection } from './connection.ts'
import { reasonOf } from './http.ts'

/**
 * Gets the claims of the UserInfo endpoint, or `undefined` if the provider has none.
 *
 * @param sub - The subject of the ID token: a response about somebody else is refused.
 * @throws {@link OidcError} `ERR_OIDC_USER_INFO_INVALID` for another subject, `ERR_OIDC_USER_INFO_UNAVAILABLE` else.
 * @see OpenID Connect Core 1.0 §5.3.2
 */
export async function fetchUserInfo(
  connection: Connection,
  accessToken: string,
  sub: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (connection.metadata.userinfo_endpoint === undefined) return undefined
  try {
    return await client.fetchUserInfo(connection.configuration, accessToken, sub)
  } catch (error) {
    if (error instanceof client.ClientError && error.code === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED') {
      throw new OidcError('ERR_OIDC_USER_INFO_INVALID', { cause: error })
    }
    throw new OidcError('ERR_OIDC_USER_INFO_UNAVAILABLE', {
      message: `The UserInfo of the provider cannot be read: ${reasonOf(error)}.`,
      cause: error,
    })
  }
}
