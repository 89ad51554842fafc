import { randomUUID } from 'node:crypto'
import * as client from 'openid-client'
import { OidcError } from '../../vocabulary/errors.ts'
import type { Connection, Provider } from '../provider/connection.ts'
import { readFailure } from '../provider/provider-error.ts'

/**
 * Fetches by how many seconds this machine's clock is ahead of the provider's, judging by a `Date` header; 0 without one.
 */
export async function fetchClockSkew({ metadata, fetch }: Provider): Promise<number> {
  const response = await fetch(metadata.jwks_uri, { method: 'GET' }).catch(() => undefined) // without an answer the difference is unknown
  const theirs = Date.parse(response?.headers.get('date') ?? '')
  return Number.isNaN(theirs) ? 0 : Math.round((Date.now() - theirs) / 1_000)
}

/**
 * Finds out whether the provider still accepts a client's credentials, by sending a made-up code: only a client that was
 * authenticated is told that the code is wrong (RFC 6749 §5.2).
 *
 * @returns `false` if the client was refused.
 * @throws {@link OidcError} `ERR_OIDC_PROVIDER_UNAVAILABLE` if the answer does not show it.
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
    throw new OidcError('ERR_OIDC_PROVIDER_UNAVAILABLE', {
      cause: details.cause,
      message: `Could not find out whether the provider still knows client ${connection.clientId}: ${reason}.`,
    })
  }
}
