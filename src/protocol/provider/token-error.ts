import * as client from 'openid-client'
import { OidcError } from '../../vocabulary/errors.ts'
import type { Connection } from './connection.ts'
import { reasonOf } from './failure-reason.ts'
import { retryAfter } from './json-response.ts'
import { responseOf } from './provider-error.ts'
import { isClientRefusal } from './quirks.ts'

/** How `openid-client` tells a wrong ID token from a wrong token response: in words. */
const speaksOfToken = /\b(JWT|JWS|JWE|ID Token)\b/

/** What a request to the token endpoint failed with, as one of ours. `refused` is the code for a grant that was not taken. */
export function buildTokenError(
  connection: Connection,
  error: unknown,
  refused: 'ERR_OIDC_CODE_REFUSED' | 'ERR_OIDC_REFRESH_REFUSED',
): OidcError {
  const response = responseOf(error)
  if (response?.status === 429)
    return new OidcError('ERR_OIDC_RATE_LIMITED', { cause: error, retryAfter: retryAfter(response) })
  if (error instanceof client.WWWAuthenticateChallengeError)
    return new OidcError('ERR_OIDC_CLIENT_REFUSED', { cause: error })
  if (response && response.status >= 500) return unreachable(error)
  if (error instanceof client.ResponseBodyError) {
    const isClient = isClientRefusal(connection.metadata, error.error, connection.method)
    return new OidcError(isClient ? 'ERR_OIDC_CLIENT_REFUSED' : refused, { cause: error, error: error.error })
  }
  if (!(error instanceof client.ClientError) || error.code === undefined) return unreachable(error)
  const isIdToken = error.cause instanceof Error && speaksOfToken.test(error.cause.message)
  return new OidcError(isIdToken ? 'ERR_OIDC_ID_TOKEN_INVALID' : 'ERR_OIDC_TOKEN_RESPONSE_INVALID', {
    cause: error,
  })
}

function unreachable(error: unknown): OidcError {
  return new OidcError('ERR_OIDC_PROVIDER_UNAVAILABLE', {
    message: `The provider's token endpoint did not answer: ${reasonOf(error)}.`,
    cause: error,
  })
}
