import * as client from 'openid-client'
import { OidcError, type OidcErrorCode } from '../../vocabulary/errors.ts'
import type { Connection } from './connection.ts'
import { knownCause, reasonOf } from './failure-reason.ts'
import { retryAfter } from './json-response.ts'
import { isClientRefusal } from './quirks.ts'

/**
 * Says why a request that we made as a client brought no answer that can be used. What the provider said is not repeated:
 * it may hold what was sent.
 */
export function requestError(connection: Connection, error: unknown, endpoint: string): OidcError {
  const response = responseOf(error)
  const word = error instanceof client.ResponseBodyError ? error.error : undefined
  const code = codeOf(connection, error, response?.status)
  return new OidcError(code, {
    message: `The provider's ${endpoint} gave no answer that can be used: ${response ? `HTTP ${response.status}` : reasonOf(error)}.`,
    cause: knownCause(error),
    error: word,
    retryAfter: code === 'ERR_OIDC_RATE_LIMITED' && response ? retryAfter(response) : undefined,
  })
}

function codeOf({ metadata, method }: Connection, error: unknown, status: number | undefined): OidcErrorCode {
  const isBody = error instanceof client.ResponseBodyError
  if (status === 401 || (isBody && isClientRefusal(metadata, error.error, method)))
    return 'ERR_OIDC_CLIENT_REFUSED'
  if (status === 429) return 'ERR_OIDC_RATE_LIMITED'
  const isAnswered = status === undefined ? isUnreadable(error) : status < 500
  return isAnswered ? 'ERR_OIDC_ANSWER_INVALID' : 'ERR_OIDC_PROVIDER_UNAVAILABLE'
}

function isUnreadable(error: unknown): boolean {
  return error instanceof client.ClientError && error.code !== undefined
}

/** The answer with which a request of `openid-client` failed, where there was one. */
export function responseOf(error: unknown): Response | undefined {
  if (error instanceof client.ResponseBodyError || error instanceof client.WWWAuthenticateChallengeError)
    return error.response
  return error instanceof Error && error.cause instanceof Response ? error.cause : undefined
}
