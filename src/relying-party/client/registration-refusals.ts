import { OidcApiError } from '../../vocabulary/api-error.ts'
import { OidcError } from '../../vocabulary/errors.ts'

/** Whether the provider said no, for whatever reason; not that it has trouble or wants fewer requests. */
export function isRefused(error: unknown): error is OidcApiError {
  const { providerStatus = 500 } = error instanceof OidcApiError ? error : {}
  return providerStatus >= 400 && providerStatus < 500 && providerStatus !== 429
}

/** Whether the provider no longer lets us change the registration: the token is lost, or an administrator has the say. */
export function isUnmanageable(error: unknown): error is OidcError {
  if (error instanceof OidcApiError) return error.providerStatus === 401 || error.providerStatus === 404
  return error instanceof OidcError && error.code === 'ERR_OIDC_CLIENT_UNMANAGEABLE'
}

/** Whether a client lacks what its method or its management needs. */
export function isIncomplete(error: unknown): boolean {
  return error instanceof OidcError && error.code === 'ERR_OIDC_CLIENT_METADATA_INVALID'
}

/** Whether no client was made: the provider refused, with a status that says so. */
export function isCertainlyNone(error: unknown): boolean {
  const { providerStatus = 500 } = error instanceof OidcApiError ? error : {}
  return providerStatus >= 400 && providerStatus < 500
}
