import * as client from 'openid-client'
import { OidcError } from '../../vocabulary/errors.ts'
import { usesCertificate, withAliases } from '../client-authentication/certificates.ts'
import { signingAlgorithms } from '../keys/signing-algorithms.ts'
import type { DiscoveryOptions } from '../metadata/discovery-options.ts'
import { findLacking } from '../metadata/profile.ts'
import { findWrongList, type ProviderMetadata } from '../metadata/provider-metadata.ts'
import { asCustomFetch, type Fetch } from '../requests/bounded-fetch.ts'
import { withoutEmpty } from '../requests/lenient-answers.ts'
import { readFailure } from '../requests/provider-error.ts'
import { type Reject, verifyEndpoints, withoutUnused } from './provider-endpoints.ts'

/** Where the configuration of an issuer is (OpenID Connect Discovery 1.0 §4). */
function buildDiscoveryUrl({ issuer, discoveryUrl }: DiscoveryOptions): string {
  return discoveryUrl ?? `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
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
  const url = buildDiscoveryUrl(options)
  const discovered = await client
    .discovery(new URL(url), 'discovery', undefined, client.None(), {
      [client.customFetch]: asCustomFetch(fetch),
      execute: [client.allowInsecureRequests], // verifyEndpoints() and the settings decide which addresses may be http
    })
    .catch(async error => {
      throw await unreadable(url, error)
    })
  const document = Object.entries(discovered.serverMetadata()).filter(
    ([, value]) => typeof value !== 'function',
  ) // openid-client's helpers
  const told = withoutEmpty(Object.fromEntries(document))
  const named = { ...(usesCertificate(options.metadata) ? withAliases(told) : told), ...options.endpoints }
  return verifyProviderMetadata(withoutUnused(named, options) as client.ServerMetadata, options)
}

async function unreadable(url: string, error: unknown): Promise<OidcError> {
  const { meaning, reason, details } = await readFailure(error)
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
      message: `${buildDiscoveryUrl(options)}: ${problem}`,
    })
  }
  verifyIssuer(metadata, options.issuer, reject)
  verifyEndpoints(metadata, options, reject)
  verifySupport(metadata, reject)
  if (options.dpopBoundAccessTokens) verifyProofSupport(metadata, reject)
  verifyProfileSupport(metadata, options, reject)
  return Object.freeze(metadata as ProviderMetadata)
}

/** OpenID Connect Discovery 1.0 §4.3: the issuer is compared character by character. */
function verifyIssuer(metadata: client.ServerMetadata, issuer: string, reject: Reject): void {
  if (metadata.issuer === issuer) return
  const [named, given] = [JSON.stringify(metadata.issuer), JSON.stringify(issuer)]
  const isOnlySlash = String(metadata.issuer).replace(/\/$/, '') === issuer.replace(/\/$/, '')
  reject(
    isOnlySlash
      ? `the document says that its issuer is ${named}, but options.issuer is ${given}. The slash at the end counts: set options.issuer (ISSUER_BASE_URL) to ${named}.`
      : `the document says that its issuer is ${named}, but options.issuer is ${given}. They must be identical. If ${named} is your provider, set options.issuer (ISSUER_BASE_URL) to it.`,
  )
}

/** RFC 9449 §5.1. Without this, every sign-in would end in a bearer token, which is refused. */
function verifyProofSupport(
  { dpop_signing_alg_values_supported: listed }: client.ServerMetadata,
  reject: Reject,
): void {
  if (!Array.isArray(listed))
    reject(
      'dpop_signing_alg_values_supported is missing, so the provider cannot bind access tokens to a key. Switch DPoP on there, or remove dpop_bound_access_tokens from options.metadata.',
    )
  else if (!signingAlgorithms.some(algorithm => listed.includes(algorithm)))
    reject(`dpop_signing_alg_values_supported contains none of ${signingAlgorithms.join(', ')}.`)
}

/** What this library needs from a provider: the code flow, PKCE with S256 (RFC 7636 §4.2), and verifiable signatures. */
function verifySupport(metadata: client.ServerMetadata, reject: Reject): void {
  const wrong = findWrongList(metadata)
  if (wrong !== undefined) reject(`${wrong} is not a list of strings.`)
  const lacks = (list: readonly string[] | undefined, wanted: readonly string[]): boolean =>
    list !== undefined && !wanted.some(value => list.includes(value))
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

function verifyProfileSupport(
  metadata: client.ServerMetadata,
  options: DiscoveryOptions,
  reject: Reject,
): void {
  const lacking = options.profile && findLacking(metadata, options)
  if (lacking) reject(`${lacking.member} ${lacking.rule}, and options.profile needs it.`)
}
