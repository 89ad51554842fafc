import * as client from 'openid-client'
import { nameClient } from '../../vocabulary/errors.ts'
import type { Connection } from '../provider/connection.ts'
import { buildRequestError } from '../provider/provider-error.ts'
import {
  type AuthorizationRequest,
  buildAuthorizationError,
  buildAuthorizationParameters,
} from './authorization.ts'

/** Whether the provider accepts only pushed authorization requests, from all clients or from this one (RFC 9126 §5, §6). */
export function requiresPushedRequests({ metadata, configuration }: Connection): boolean {
  const { require_pushed_authorization_requests: isRequired } = configuration.clientMetadata()
  return metadata.require_pushed_authorization_requests === true || isRequired === true
}

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
  const parameters = await buildAuthorizationParameters(request)
  return await client
    .buildAuthorizationUrlWithPAR(connection.configuration, parameters)
    .catch(async (error: unknown) => {
      const endpoint = 'pushed authorization request endpoint'
      const failure = await buildRequestError(connection, error, endpoint, [request.codeVerifier])
      if (failure.code !== 'ERR_OIDC_ANSWER_INVALID' || failure.error === undefined) throw failure
      throw nameClient(buildAuthorizationError(failure.error, failure.description), connection.clientId)
    })
}
