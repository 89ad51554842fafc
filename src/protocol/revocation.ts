import * as client from 'openid-client'
import type { Connection } from './connection.ts'

/**
 * Tells the provider that a token is no longer needed (RFC 7009 §2.1). As well as can be done: a provider without revocation,
 * or one that is away, leaves the token to its expiry.
 *
 * @returns Whether the provider has taken it.
 */
export async function revokeToken(
  { configuration, metadata }: Connection,
  token: string,
  hint: 'access_token' | 'refresh_token',
): Promise<boolean> {
  if (metadata.revocation_endpoint === undefined) return false
  return client.tokenRevocation(configuration, token, { token_type_hint: hint }).then(
    () => true,
    () => false,
  )
}
