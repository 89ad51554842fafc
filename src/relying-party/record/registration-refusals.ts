import { OidcApiError } from '../../vocabulary/api-error.ts'
import { OidcError } from '../../vocabulary/errors.ts'

/**
 * Whether the provider refused, for whatever reason, or redirected; not if it has a problem itself or wants fewer requests.
 */
export function isRefused(error: unknown): error is OidcApiError {
  if (!(error instanceof OidcApiError)) return false
  const { code, providerStatus = 500 } = error
  return code === 'ERR_OIDC_CLIENT_UNMANAGEABLE' || isRefusal(providerStatus)
}

function isRefusal(providerStatus: number): boolean {
  return providerStatus >= 400 && providerStatus < 500 && providerStatus !== 429
}

/**
 * Whether this app can no longer change the registration: its token is void, an administrator has set something, or the provider
 * does not offer it.
 */
export function isUnmanageable(error: unknown): error is OidcError {
  if (error instanceof OidcApiError && (error.providerStatus === 401 || error.providerStatus === 404))
    return true
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

/** Whether the provider refused a member of the metadata, without saying which one (RFC 7591 §3.2.2). */
export function isMetadataRefused(error: unknown): error is OidcApiError {
  return (
    error instanceof OidcApiError && error.providerStatus === 400 && error.error === 'invalid_client_metadata'
  )
}

/** Whether the provider registered a client, and its answer does not even say which one. */
export function isUnusable(error: unknown): error is OidcApiError {
  const { code, providerStatus } = error instanceof OidcApiError ? error : {}
  return code === 'ERR_OIDC_REGISTRATION_REFUSED' && providerStatus === 201
}
