import * as client from 'openid-client'
import { OidcError } from '../../vocabulary/errors.ts'
import { asCustomFetch, type Fetch, isConfidential, knownCause, reasonOf } from './bounded-fetch.ts'
import { retryAfter } from './failure-advice.ts'

/** The provider's configuration (OpenID Connect Discovery 1.0 §3), checked. */
export type ProviderMetadata = Readonly<client.ServerMetadata> & {
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly jwks_uri: string
}

/** Where and how to look for a provider. */
export interface DiscoveryRequest {
  readonly issuer: string
  readonly allowInsecureIssuer: boolean
  /** Single members that take the place of what was discovered, such as an internal `registration_endpoint`. */
  readonly endpoints: Readonly<Record<string, string>>
  /** Endpoints without which the options make no sense, by their metadata names. */
  readonly needed?: readonly string[]
  readonly fetch: Fetch
}

/** Signing algorithms for ID tokens that this library takes, by preference. Never `none`, never a shared secret. */
export const signingAlgorithms = [
  'RS256',
  'PS256',
  'ES256',
  'EdDSA',
  'Ed25519',
  'RS384',
  'RS512',
  'PS384',
  'PS512',
  'ES384',
  'ES512',
]

/** Where the configuration of an issuer is (OpenID Connect Discovery 1.0 §4). */
function buildDiscoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

/**
 * Gets and checks the provider's configuration.
 *
 * @throws {@link OidcError} `ERR_OIDC_PROVIDER_UNAVAILABLE` when nothing usable was answered, and
 * `ERR_OIDC_DISCOVERY_INVALID` when the document breaks a rule, both with the URL and the reason.
 * @see OpenID Connect Discovery 1.0 §4.2, §4.3
 */
export async function fetchProviderMetadata(request: DiscoveryRequest): Promise<ProviderMetadata> {
  const url = buildDiscoveryUrl(request.issuer)
  const discovered = await client
    .discovery(new URL(url), 'discovery', undefined, client.None(), {
      [client.customFetch]: asCustomFetch(request.fetch),
      execute: [client.allowInsecureRequests], // which addresses may be http is checked by ours below and in the settings
    })
    .catch(error => {
      throw unreadable(url, error)
    })
  const document = Object.entries(discovered.serverMetadata()).filter(
    ([, value]) => typeof value !== 'function',
  ) // openid-client's helpers
  return verifyProviderMetadata(
    { ...Object.fromEntries(document), ...request.endpoints } as client.ServerMetadata,
    request,
  )
}

function unreadable(url: string, error: unknown): OidcError {
  const { cause } = error instanceof Error ? error : {}
  const isLimited = cause instanceof Response && cause.status === 429
  return new OidcError(isLimited ? 'ERR_OIDC_RATE_LIMITED' : 'ERR_OIDC_PROVIDER_UNAVAILABLE', {
    message: `The OpenID Provider's configuration could not be read from ${url}: ${reasonOf(error)}.`,
    retryAfter: isLimited ? retryAfter(cause) : undefined,
    cause: knownCause(error),
  })
}

function verifyProviderMetadata(
  metadata: client.ServerMetadata,
  request: DiscoveryRequest,
): ProviderMetadata {
  const reject = (problem: string): never => {
    throw new OidcError('ERR_OIDC_DISCOVERY_INVALID', {
      message: `${buildDiscoveryUrl(request.issuer)}: ${problem}`,
    })
  }
  verifyIssuer(metadata, request.issuer, reject)
  verifyEndpoints(metadata, request, reject)
  verifySupport(metadata, reject)
  return Object.freeze(metadata as ProviderMetadata)
}

type Reject = (problem: string) => never

/** OpenID Connect Discovery 1.0 §4.3: the issuer is compared character by character. */
function verifyIssuer(metadata: client.ServerMetadata, issuer: string, reject: Reject): void {
  if (metadata.issuer === issuer) return
  reject(
    `the document says that its issuer is ${JSON.stringify(metadata.issuer)}, but options.issuer is ${JSON.stringify(issuer)}. They must be equal character by character, a slash at the end included.`,
  )
}

/** OpenID Connect Discovery 1.0 §3: which endpoints there must be, and that they use https. */
function verifyEndpoints(
  metadata: client.ServerMetadata,
  { allowInsecureIssuer, needed = [] }: DiscoveryRequest,
  reject: Reject,
): void {
  const pushed = metadata.require_pushed_authorization_requests === true
  const always = ['authorization_endpoint', 'token_endpoint', 'jwks_uri']
  for (const name of [...always, ...needed, ...(pushed ? ['pushed_authorization_request_endpoint'] : [])]) {
    if (metadata[name] === undefined) reject(`${name} is missing.`)
  }
  const endpoints = Object.entries(metadata).filter(
    ([name]) => name.endsWith('_endpoint') || name === 'jwks_uri',
  )
  for (const [name, value] of endpoints) {
    const url =
      typeof value === 'string' && URL.canParse(value) ? new URL(value) : reject(`${name} is not a URL.`)
    if (isConfidential(url) || (allowInsecureIssuer && url.protocol === 'http:')) continue
    reject(
      `${name} does not use https (${url.origin}). For http inside a cluster set options.allowInsecureIssuer.`,
    )
  }
}

/** What this library needs of a provider: the code flow, PKCE by S256 (RFC 7636 §4.2), a signature it can verify. */
function verifySupport(metadata: client.ServerMetadata, reject: Reject): void {
  const lacks = (list: unknown, wanted: readonly string[]): boolean =>
    Array.isArray(list) && !wanted.some(value => list.includes(value))
  if (lacks(metadata.response_types_supported, ['code']))
    reject('response_types_supported does not contain code.')
  if (lacks(metadata.code_challenge_methods_supported, ['S256'])) {
    reject('code_challenge_methods_supported does not contain S256, and a weaker one is never used.')
  }
  if (lacks(metadata.id_token_signing_alg_values_supported, signingAlgorithms)) {
    reject(`id_token_signing_alg_values_supported contains none of ${signingAlgorithms.join(', ')}.`)
  }
}
