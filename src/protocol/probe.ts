import { randomUUID } from 'node:crypto'
import * as client from 'openid-client'
import { OidcError } from '../vocabulary/errors.ts'
import type { Connection } from './connection.ts'
import { reasonOf } from './http.ts'

/**
 * Asks the provider whether it still knows a client and takes its credentials, by a code that nobody issued: only a client
 * that was recognised is told that the code is wrong (RFC 6749 §5.2).
 *
 * @returns `false` if the client was refused.
 * @throws {@link OidcError} `ERR_OIDC_PROVIDER_UNAVAILABLE` when the provider gave no answer that tells.
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
    if (error instanceof client.ResponseBodyError && error.status < 500)
      return error.error === 'invalid_grant'
    if (error instanceof client.WWWAuthenticateChallengeError) return false
    throw new OidcError('ERR_OIDC_PROVIDER_UNAVAILABLE', {
      message: `Whether the provider still knows client ${connection.clientId} could not be found out: ${reasonOf(error)}.`,
      cause: error,
    })
  }
}
