import * as client from 'openid-client'
import { asCustomFetch, type Fetch } from './bounded-fetch.ts'
import { buildClientAuthentication, type ClientCredentials } from './client-authentication.ts'
import { fetchProviderMetadata } from './discovery.ts'
import type { AssertionRules, DiscoveryOptions } from './discovery-options.ts'
import { isTemplate, type Tenants } from './issuer-template.ts'
import { type KeyCache, keyCache } from './key-cache.ts'
import { lenientFetch } from './lenient-answers.ts'
import { type ProviderClock, watchClock } from './provider-clock.ts'
import type { ProviderMetadata } from './provider-metadata.ts'

/** A discovered provider: its configuration, its public keys, and the fetch that reaches it. */
export interface Provider {
  readonly metadata: ProviderMetadata
  readonly keys: KeyCache
  readonly fetch: Fetch
  readonly clock: ProviderClock
  readonly assertions: AssertionRules
  /** The provider's issuer, if it is a template for the issuers of its tenants. */
  readonly template: string | undefined
  readonly tenants: Tenants | undefined
}

/**
 * Discovers a provider. The app, the command line and {@link OidcApi} all come through here, so that none of them accepts
 * a provider that another one refuses.
 *
 * @throws {@link OidcError} `ERR_OIDC_PROVIDER_UNAVAILABLE`, `ERR_OIDC_RATE_LIMITED` or `ERR_OIDC_DISCOVERY_INVALID`.
 */
export async function discoverProvider(options: DiscoveryOptions, fetch: Fetch): Promise<Provider> {
  const watched = watchClock(fetch, options.clockTolerance / 1_000)
  const metadata = await fetchProviderMetadata(options, watched.fetch)
  const { clientAssertions: assertions } = options
  return {
    metadata,
    keys: keyCache(metadata.jwks_uri, watched.fetch),
    assertions,
    template: isTemplate(metadata.issuer) ? metadata.issuer : undefined,
    tenants: options.tenants,
    ...watched,
  }
}

/** One of this app's clients at a provider, with everything that the flows need. */
export interface Connection extends Provider {
  readonly clientId: string
  /** The number of this set of credentials. 0 for a client that was registered manually. */
  readonly generation: number
  /** How the client authenticates, such as `private_key_jwt`. */
  readonly method: string | undefined
  /** Its secret, if it has one, so that no log repeats it. A function, so that no log prints it either. */
  readonly clientSecret: () => string | undefined
  /** Where the provider may send browsers after a sign-out, as its registration answered; `undefined` if it did not say. */
  readonly postLogoutRedirectUris: readonly string[] | undefined
  /** Scopes that were requested at the registration and not granted: a sign-in that asks for one could be refused. */
  readonly withheldScopes: readonly string[]
  readonly configuration: client.Configuration
  /** The same client with a wrapped fetch, so that its requests can be aborted. */
  bind(wrap: (fetch: Fetch) => Fetch): Promise<Connection>
  /** The same client at the issuer of one tenant, where the provider's issuer is a template. */
  at(issuer: string): Promise<Connection>
}

/** Builds the connection of one client to a provider. */
export async function buildConnection(
  provider: Provider,
  credentials: ClientCredentials & {
    readonly generation?: number
    readonly withheldScopes?: readonly string[]
  },
): Promise<Connection> {
  const {
    client_id: clientId,
    id_token_signed_response_alg: algorithm,
    post_logout_redirect_uris: uris,
  } = credentials.granted
  const configuration = new client.Configuration(
    provider.metadata,
    clientId,
    {
      ...(algorithm && { id_token_signed_response_alg: algorithm }),
      [client.clockTolerance]: provider.clock.tolerance,
      require_pushed_authorization_requests:
        credentials.granted.require_pushed_authorization_requests === true,
    },
    await buildClientAuthentication(credentials, provider),
  )
  configuration[client.customFetch] = asCustomFetch(
    lenientFetch(provider.fetch, provider.metadata.token_endpoint),
  )
  client.allowInsecureRequests(configuration) // discovery has decided which endpoints may be http
  const { generation = 0, withheldScopes = [] } = credentials
  const method = credentials.granted.token_endpoint_auth_method
  const bind: Connection['bind'] = wrap =>
    buildConnection({ ...provider, fetch: wrap(provider.fetch) }, credentials)
  const at: Connection['at'] = async issuer =>
    provider.template === undefined
      ? connection
      : buildConnection({ ...provider, metadata: { ...provider.metadata, issuer } }, credentials)
  const connection: Connection = Object.freeze({
    ...provider,
    clientId,
    generation,
    method,
    clientSecret: () => credentials.granted.client_secret,
    postLogoutRedirectUris: Array.isArray(uris) ? uris : undefined,
    withheldScopes,
    configuration,
    bind,
    at,
  })
  return connection
}
