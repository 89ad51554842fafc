import * as client from 'openid-client'
import { OidcError } from '../../vocabulary/errors.ts'
import { asCustomFetch, type Fetch } from './bounded-fetch.ts'
import { isConfidential } from './confidential-url.ts'
import { readFailure } from './provider-error.ts'
import type { ProviderMetadata } from './provider-metadata.ts'

/** The options that say where a provider is, and what it must offer. No caller can leave one out. */
export interface DiscoveryOptions {
  readonly issuer: string
  readonly allowInsecureIssuer: boolean
  /** Single members that replace discovered ones, such as an internal `registration_endpoint`. */
  readonly endpoints: Readonly<Record<string, string>>
  /** Whether the app always pushes its authorization requests. */
  readonly pushedAuthorizationRequests: boolean
  /** How the app accepts access tokens, if it does. */
  readonly bearer: { readonly introspection: 'opaque' | 'always' | 'never' } | undefined
}

/** The addresses that the option `endpoints` can replace. */
export const endpointNames = [
  'authorization_endpoint',
  'token_endpoint',
  'userinfo_endpoint',
  'jwks_uri',
  'registration_endpoint',
  'end_session_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'pushed_authorization_request_endpoint',
] as const

/** Accepted signing algorithms, by preference. Never `none`, never one with a shared secret. */
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
 * Fetches and checks the provider's configuration.
 *
 * @throws {@link OidcError} `ERR_OIDC_PROVIDER_UNAVAILABLE` or `ERR_OIDC_RATE_LIMITED` without a usable answer, and
 * `ERR_OIDC_DISCOVERY_INVALID` when the document breaks a rule, both with the URL and the reason.
 * @see OpenID Connect Discovery 1.0 §4.2, §4.3
 */
export async function fetchProviderMetadata(
  options: DiscoveryOptions,
  fetch: Fetch,
): Promise<ProviderMetadata> {
  const url = buildDiscoveryUrl(options.issuer)
  const discovered = await client
    .discovery(new URL(url), 'discovery', undefined, client.None(), {
      [client.customFetch]: asCustomFetch(fetch),
      execute: [client.allowInsecureRequests], // verifyEndpoints() and the settings decide which addresses may be http
    })
    .catch(error => {
      throw unreadable(url, error)
    })
  const document = Object.entries(discovered.serverMetadata()).filter(
    ([, value]) => typeof value !== 'function',
  ) // openid-client's helpers
  return verifyProviderMetadata(
    { ...Object.fromEntries(document), ...options.endpoints } as client.ServerMetadata,
    options,
  )
}

function unreadable(url: string, error: unknown): OidcError {
  const { meaning, reason, details } = readFailure(error)
  const code = meaning === 'rate limited' ? 'ERR_OIDC_RATE_LIMITED' : 'ERR_OIDC_PROVIDER_UNAVAILABLE'
  const message = `The OpenID Provider's configuration could not be read from ${url}: ${reason}.`
  return new OidcError(code, { ...details, message })
}

function verifyProviderMetadata(
  metadata: client.ServerMetadata,
  options: DiscoveryOptions,
): ProviderMetadata {
  const reject = (problem: string): never => {
    throw new OidcError('ERR_OIDC_DISCOVERY_INVALID', {
      message: `${buildDiscoveryUrl(options.issuer)}: ${problem}`,
    })
  }
  verifyIssuer(metadata, options.issuer, reject)
  verifyEndpoints(metadata, options, reject)
  verifySupport(metadata, reject)
  return Object.freeze(metadata as ProviderMetadata)
}

type Reject = (problem: string) => never

/** OpenID Connect Discovery 1.0 §4.3: the issuer is compared character by character. */
function verifyIssuer(metadata: client.ServerMetadata, issuer: string, reject: Reject): void {
  if (metadata.issuer === issuer) return
  reject(
    `the document says that its issuer is ${JSON.stringify(metadata.issuer)}, but options.issuer is ${JSON.stringify(issuer)}. They must be identical, including a trailing slash.`,
  )
}

/** OpenID Connect Discovery 1.0 §3: required endpoints are present, and all use https. */
function verifyEndpoints(metadata: client.ServerMetadata, options: DiscoveryOptions, reject: Reject): void {
  for (const name of requiredEndpoints(metadata, options)) {
    if (metadata[name] === undefined) reject(`${name} is missing.`)
  }
  const endpoints = Object.entries(metadata).filter(
    ([name]) => name.endsWith('_endpoint') || name === 'jwks_uri',
  )
  for (const [name, value] of endpoints) {
    const url =
      typeof value === 'string' && URL.canParse(value) ? new URL(value) : reject(`${name} is not a URL.`)
    if (isConfidential(url) || (options.allowInsecureIssuer && url.protocol === 'http:')) continue
    reject(
      `${name} does not use https (${url.origin}). For http inside a cluster set options.allowInsecureIssuer.`,
    )
  }
}

function requiredEndpoints(
  metadata: client.ServerMetadata,
  { bearer, pushedAuthorizationRequests }: DiscoveryOptions,
): readonly string[] {
  const pushes = pushedAuthorizationRequests || metadata.require_pushed_authorization_requests === true
  return [
    'authorization_endpoint',
    'token_endpoint',
    'jwks_uri',
    ...(bearer?.introspection === 'always' ? ['introspection_endpoint'] : []),
    ...(pushes ? ['pushed_authorization_request_endpoint'] : []),
  ]
}

/** What this library needs from a provider: the code flow, PKCE with S256 (RFC 7636 §4.2), and verifiable signatures. */
function verifySupport(metadata: client.ServerMetadata, reject: Reject): void {
  const lacks = (list: unknown, wanted: readonly string[]): boolean =>
    Array.isArray(list) && !wanted.some(value => list.includes(value))
  if (lacks(metadata.response_types_supported, ['code']))
    reject('response_types_supported does not contain code.')
  if (lacks(metadata.code_challenge_methods_supported, ['S256'])) {
    reject(
      'code_challenge_methods_supported does not contain S256, and this library never uses a weaker method.',
    )
  }
  if (lacks(metadata.id_token_signing_alg_values_supported, signingAlgorithms)) {
    reject(`id_token_signing_alg_values_supported contains none of ${signingAlgorithms.join(', ')}.`)
  }
}
