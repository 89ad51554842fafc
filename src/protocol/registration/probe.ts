import { randomUUID } from 'node:crypto'
import * as client from 'openid-client'
import { OidcError } from '../../vocabulary/errors.ts'
import type { Connection } from '../provider/connection.ts'
import { readFailure, unservedCode } from '../provider/provider-error.ts'

/**
 * Finds out whether the provider still accepts a client's credentials, by sending a made-up code: only a client that was
 * authenticated is told that the code is wrong (RFC 6749 §5.2).
 *
 * @returns `false` if the client was refused.
 * @throws {@link OidcError} `ERR_OIDC_PROVIDER_UNAVAILABLE` or `ERR_OIDC_CLOCKS_DIFFER` if the answer does not show it.
 */
export async function probeClient(connection: Connection, redirectUri: string): Promise<boolean> {
  const parameters = {
    code: randomUUID(),
    redirect_uri: redirectUri,
    code_verifier: client.randomPKCECodeVerifier(),
  }
  try {
    await client.genericGrantRequest(connection.configuration, 'authorization_code', parameters)
    return true
  } catch (error) {
    const { meaning, reason, details } = readFailure(error, connection)
    if (meaning === 'client refused') return false
    if (meaning === 'refused' && details.error === 'invalid_grant') return true
    throw new OidcError(unservedCode(meaning), {
      cause: details.cause,
      message: `Could not find out whether the provider still knows client ${connection.clientId}: ${reason}.`,
    })
  }
}
