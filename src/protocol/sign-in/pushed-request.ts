import * as client from 'openid-client'
import type { Connection, Provider } from '../provider/connection.ts'
import { buildRequestError } from '../provider/provider-error.ts'
import {
  type AuthorizationRequest,
  buildAuthorizationError,
  buildAuthorizationParameters,
} from './authorization.ts'

/** Whether the provider takes sign-ins in no other way (RFC 9126 §5). */
export function requiresPushedRequests({ metadata }: Provider): boolean {
  return metadata.require_pushed_authorization_requests === true
}

/**
 * Sends an authorization request to the provider, authenticated as our client, and builds the URL that refers to it. The
 * reference soon ends and is good for one sign-in: each one needs a new URL, used at once.
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
    .catch((error: unknown) => {
      const failure = buildRequestError(connection, error, 'pushed authorization request endpoint')
      if (failure.code !== 'ERR_OIDC_ANSWER_INVALID' || failure.error === undefined) throw failure
      throw buildAuthorizationError(failure.error)
    })
}
