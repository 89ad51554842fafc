import { OidcError } from '../../vocabulary/errors.ts'
import { isObject } from '../../vocabulary/json.ts'
import { isTimeout, timeoutRule } from '../../vocabulary/timeout.ts'
import type { ManagementAuthentication } from '../registration/client-management.ts'
import { isConfidential } from '../requests/confidential-url.ts'

/** Options of {@link OidcApi}. */
export interface OidcApiOptions {
  /** The provider's Issuer Identifier. */
  readonly issuer: string
  /** Where clients are registered. Default: what discovery says, otherwise `{issuer}/oauth2/register`. */
  readonly registrationEndpoint?: string
  /**
   * How get, set and delete authenticate. The default, `registration_access_token`, is what providers expect, including
   * Hydra. Ory's documentation describes the client's own credentials instead: `client_secret_basic` sends them in the
   * header; `client_secret_post` sends the secret in the query, where proxies and servers may log it.
   */
  readonly managedWith?: ManagementAuthentication
  /** Allows http for an issuer that is not on this machine. */
  readonly allowInsecureIssuer?: boolean
  /** Seconds that one request may take, at most 3,600. Default 5. */
  readonly timeout?: number
  /** Replaces the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
}

const ways: readonly unknown[] = [
  'registration_access_token',
  'client_secret_basic',
  'client_secret_post',
] satisfies ManagementAuthentication[]

/** @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, naming the option and the rule. */
export function verifyApiOptions(options: OidcApiOptions): void {
  if (!isObject(options))
    throw new OidcError('ERR_OIDC_INVALID_OPTION', { message: 'options must be an object.' })
  const { issuer, registrationEndpoint, managedWith, timeout, allowInsecureIssuer, fetch } = options
  if (allowInsecureIssuer !== undefined && typeof allowInsecureIssuer !== 'boolean')
    throw invalid('allowInsecureIssuer', 'must be true or false')
  if (fetch !== undefined && typeof fetch !== 'function') throw invalid('fetch', 'must be a function')
  verifyAddress('issuer', issuer, allowInsecureIssuer)
  if (registrationEndpoint !== undefined)
    verifyAddress('registrationEndpoint', registrationEndpoint, allowInsecureIssuer)
  if (managedWith !== undefined && !ways.includes(managedWith))
    throw invalid('managedWith', `must be ${ways.join(' or ')}`)
  if (timeout !== undefined && !isTimeout(timeout)) throw invalid('timeout', timeoutRule)
}

function verifyAddress(option: string, value: string, allowInsecure = false): void {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  if (!url || !/^https?:$/.test(url.protocol))
    throw invalid(option, 'must be an absolute URL such as https://op.example')
  if (isConfidential(url) || allowInsecure) return
  throw invalid(option, 'must use https. For http inside a cluster set options.allowInsecureIssuer')
}

function invalid(option: string, rule: string): OidcError {
  return new OidcError('ERR_OIDC_INVALID_OPTION', { message: `options.${option} ${rule}.` })
}
