import * as client from 'openid-client'
import { nameClient } from '../../vocabulary/errors.ts'
import { proofKeyOf, provenBy } from '../client-authentication/token-proofs.ts'
import type { Connection } from '../provider/connection.ts'
import { buildRequestError } from '../requests/provider-error.ts'
import {
  type AuthorizationRequest,
  buildAuthorizationError,
  buildAuthorizationParameters,
} from './authorization.ts'

/**
 * Sends an authorization request to the provider, authenticated as the client, and builds the URL that refers to it. The
 * reference expires soon and can be used once: every sign-in needs a new URL, used immediately.
 *
 * @throws {@link OidcError} As for an error response of the authorization endpoint, or `ERR_OIDC_CLIENT_REFUSED`,
 * `ERR_OIDC_PROVIDER_UNAVAILABLE`, `ERR_OIDC_RATE_LIMITED` or `ERR_OIDC_ANSWER_INVALID`.
 * @see RFC 9126 §2
 */
export async function pushAuthorizationRequest(
  connection: Connection,
  request: AuthorizationRequest,
): Promise<URL> {
  const plain = buildAuthorizationParameters(request)
  const parameters = connection.signRequest
    ? await connection.signRequest(connection.configuration, plain)
    : plain
  const proof = provenBy(await proofKeyOf(connection, request.jkt)) // binds the code, too (RFC 9449 §10.1)
  return await client
    .buildAuthorizationUrlWithPAR(connection.configuration, parameters, proof)
    .catch(async (error: unknown) => {
      const endpoint = 'pushed authorization request endpoint'
      const failure = await buildRequestError(connection, error, endpoint, [request.codeVerifier])
      if (failure.code !== 'ERR_OIDC_ANSWER_INVALID' || failure.error === undefined) throw failure
      throw nameClient(buildAuthorizationError(failure.error, failure.description), connection.clientId)
    })
}
