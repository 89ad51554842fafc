import * as client from 'openid-client'
import type { ClientMetadata } from '../../vocabulary/oauth2-client.ts'
import type { Profile } from '../../vocabulary/profile.ts'
import {
  buildClientAuthentication,
  type ClientCredentials,
  withoutCredentials,
} from '../client-authentication/client-authentication.ts'
import {
  mustSign,
  requestSigner,
  type SignRequest,
  signsRequests,
} from '../client-authentication/request-object.ts'
import type { ProofKeys } from '../keys/proof-keys.ts'
import { type DecryptionState, type OpenResponse, responseOpener } from '../keys/response-encryption.ts'
import type { AssertionRules, DiscoveryOptions } from '../metadata/discovery-options.ts'
import { isTemplate, type Tenants } from '../metadata/issuer-template.ts'
import type { ProviderMetadata } from '../metadata/provider-metadata.ts'
import type { TrustedAudiences } from '../metadata/trusted-audiences.ts'
import { asCustomFetch, type Fetch } from '../requests/bounded-fetch.ts'
import { lenientFetch } from '../requests/lenient-answers.ts'
import { type ProviderClock, watchClock } from '../requests/provider-clock.ts'
import { fetchProviderMetadata } from './discovery.ts'
import { type KeyCache, keyCache } from './key-cache.ts'
import { allowedAlgorithms, userInfoAlgorithm } from './response-algorithms.ts'

/** A discovered provider: its configuration, its public keys, and the fetch that reaches it. */
export interface Provider {
  readonly metadata: ProviderMetadata
  readonly keys: KeyCache
  readonly fetch: Fetch
  readonly clock: ProviderClock
  readonly assertions: AssertionRules
  readonly profile: Profile | undefined
  /** The provider's issuer, if it is a template for the issuers of its tenants. */
  readonly template: string | undefined
  readonly tenants: Tenants | undefined
  readonly trustedAudiences: TrustedAudiences
  readonly tokenEndpointParameters: Readonly<Record<string, string>>
  /** Whether access tokens are bound to a key: those of every client, or of this one (RFC 9449 §5.2). */
  readonly dpopBoundAccessTokens: boolean
  readonly proofKeys: ProofKeys | undefined
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
  const { clientAssertions: assertions, profile } = options
  return {
    metadata,
    keys: keyCache(metadata.jwks_uri, watched.fetch),
    assertions,
    profile,
    template: isTemplate(metadata.issuer) ? metadata.issuer : undefined,
    tenants: options.tenants,
    trustedAudiences: options.trustedAudiences,
    tokenEndpointParameters: options.tokenEndpointParameters,
    dpopBoundAccessTokens: options.dpopBoundAccessTokens,
    proofKeys: options.proofKeys,
    ...watched,
  }
}

/** One of this app's clients at a provider, with everything that the flows need. */
export interface Connection extends Provider {
  readonly clientId: string
  /** The number of this set of credentials. 0 for a client that was registered manually. */
  readonly generation: number
  /** What the client is registered with. Where the provider's answer does not say it: what the options say. Never a credential. */
  readonly clientMetadata: ClientMetadata
  /** How the client authenticates, such as `private_key_jwt`. */
  readonly method: string | undefined
  /** The secrets and assertions that it has sent last, so that no log repeats them. A function, so that no log prints them either. */
  readonly sentSecrets: () => readonly string[]
  /** Where the provider may send browsers after a sign-out, as its registration answered; `undefined` if it did not say. */
  readonly postLogoutRedirectUris: readonly string[] | undefined
  /** Scopes that were requested at the registration and not granted: a sign-in that asks for one could be refused. */
  readonly withheldScopes: readonly string[]
  /** Algorithms that may sign tokens for this client. */
  readonly algorithms: readonly string[]
  /** The algorithm that signs UserInfo for this client, if the options ask for that. */
  readonly userInfoAlgorithm: string | undefined
  /** Algorithms that may sign authorization responses for this client. */
  readonly responseAlgorithms: readonly string[]
  /** Whether the provider accepts only pushed authorization requests, from all clients or from this one (RFC 9126 §5, §6). */
  readonly requiresPushedRequests: boolean
  /** Signs the parameters of an authorization request; `undefined` if the client does not do so. */
  readonly signRequest: SignRequest | undefined
  /** Opens what the provider encrypts for this client. */
  readonly openResponse: OpenResponse
  readonly configuration: client.Configuration
  /** The same client with a wrapped fetch, so that its requests can be aborted. */
  bind(wrap: (fetch: Fetch) => Fetch): Promise<Connection>
  /** The same client at the issuer of one tenant, where the provider's issuer is a template. */
  at(issuer: string): Promise<Connection>
}

/** The credentials of a client, with what this app knows about it. */
type ConnectingCredentials = ClientCredentials & {
  readonly generation?: number
  readonly withheldScopes?: readonly string[]
  /** What the options ask for. */
  readonly requested?: ClientMetadata
  /** Reads again what the client is registered with, and its keys. */
  readonly newest?: () => Promise<DecryptionState | undefined>
}

/** Builds the connection of one client to a provider. */
export async function buildConnection(
  provider: Provider,
  credentials: ConnectingCredentials,
): Promise<Connection> {
  const {
    client_id: clientId,
    id_token_signed_response_alg: algorithm,
    post_logout_redirect_uris: uris,
  } = credentials.granted
  const clientMetadata = withoutCredentials({ ...credentials.requested, ...credentials.granted })
  const signs = signsRequests({ ...credentials.requested, ...mustSign(credentials.granted) })
  const requiresPushedRequests = [provider.metadata, clientMetadata].some(
    metadata => metadata.require_pushed_authorization_requests === true,
  )
  const { granted, decryptionKeys: keys = [] } = credentials
  const openResponse = responseOpener({ metadata: granted, keys }, credentials.newest)
  const configuration = await buildConfiguration(provider, credentials, requiresPushedRequests, openResponse)
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
    clientMetadata,
    method,
    sentSecrets: () => credentials.source?.newest() ?? [credentials.granted.client_secret ?? ''],
    postLogoutRedirectUris: Array.isArray(uris) ? uris : undefined,
    withheldScopes,
    algorithms: allowedAlgorithms(provider, algorithm, 'id_token_signing_alg_values_supported'),
    userInfoAlgorithm: userInfoAlgorithm(credentials),
    responseAlgorithms: allowedAlgorithms(
      provider,
      clientMetadata.authorization_signed_response_alg,
      'authorization_signing_alg_values_supported',
    ),
    signRequest: signs ? requestSigner(clientId, credentials.privateKey, provider) : undefined,
    requiresPushedRequests,
    dpopBoundAccessTokens: provider.dpopBoundAccessTokens || clientMetadata.dpop_bound_access_tokens === true,
    openResponse,
    configuration,
    bind,
    at,
  })
  return connection
}

/** Builds what `openid-client` needs. */
async function buildConfiguration(
  provider: Provider,
  credentials: ClientCredentials,
  requiresPushedRequests: boolean,
  openResponse: OpenResponse,
): Promise<client.Configuration> {
  const { client_id: clientId, id_token_signed_response_alg: algorithm } = credentials.granted
  const configuration = new client.Configuration(
    provider.metadata,
    clientId,
    {
      ...(algorithm && { id_token_signed_response_alg: algorithm }),
      [client.clockTolerance]: provider.clock.tolerance,
      require_pushed_authorization_requests: requiresPushedRequests,
    },
    await buildClientAuthentication(credentials, provider),
  )
  configuration[client.customFetch] = asCustomFetch(
    lenientFetch(provider.fetch, provider.metadata.token_endpoint, idToken =>
      openResponse('id_token', idToken),
    ),
  )
  configuration.timeout = undefined // the fetch ends in time
  client.allowInsecureRequests(configuration) // discovery has decided which endpoints may be http
  return configuration
}
