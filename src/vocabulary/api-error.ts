import { keep, OidcError, type OidcErrorCode, type OidcErrorDetails } from './errors.ts'

/** The provider's operations, named as in Ory's own clients. */
export type ProviderOperation =
  | 'discoverOidcConfiguration'
  | 'createOidcDynamicClient'
  | 'getOidcDynamicClient'
  | 'setOidcDynamicClient'
  | 'deleteOidcDynamicClient'
  | 'getOidcUserInfo'
  | 'revokeOidcSession'

/** The `WWW-Authenticate` challenge for a refused access token (RFC 6750 §3). */
export interface BearerChallenge {
  /** The authentication scheme, such as `Bearer`. */
  readonly scheme: string
  /** The error code, such as `invalid_token` (RFC 6750 §3.1). */
  readonly error: string | undefined
  /** The `error_description`, in the words of the provider. */
  readonly errorDescription: string | undefined
  /** The scope that is needed, separated by spaces. */
  readonly scope: string | undefined
}

/** What an {@link OidcApiError} carries in addition to an {@link OidcError}. */
export interface OidcApiErrorDetails extends OidcErrorDetails {
  /** The operation that failed. */
  readonly operation: ProviderOperation
  /** The HTTP status of the answer, if there was one. */
  readonly providerStatus?: number | undefined
  /** The challenge of a refused access token. */
  readonly challenge?: BearerChallenge | undefined
}

/**
 * Thrown when an operation of the provider failed. It says which one, what the provider answered, in its own
 * wording, and in its message what to do.
 *
 * @example
 * ```ts
 * try {
 *   await api.getOidcDynamicClient(client)
 * } catch (error) {
 *   if (error instanceof OidcApiError && error.providerStatus === 401) console.log('register again')
 * }
 * ```
 */
export class OidcApiError extends OidcError {
  /** The operation that failed. */
  readonly operation: ProviderOperation
  /** The HTTP status of the provider's answer; `undefined` if there was none. */
  declare readonly providerStatus: number | undefined
  /** The challenge of a refused access token. */
  declare readonly challenge: BearerChallenge | undefined

  constructor(code: OidcErrorCode, details: OidcApiErrorDetails) {
    super(code, details)
    const { operation, providerStatus, challenge } = details
    this.operation = operation
    keep(this, { providerStatus, challenge })
  }
}
