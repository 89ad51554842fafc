import { CLOCK_TOLERANCE } from '../../vocabulary/clock-tolerance.ts'
import type { JsonObject } from '../../vocabulary/json.ts'
import type { ClientInformation, ClientMetadata } from '../../vocabulary/oauth2-client.ts'
import type { ProviderMetadata } from '../metadata/provider-metadata.ts'
import { buildConnection, discoverProvider, type Provider } from '../provider/connection.ts'
import type { Registry } from '../registration/client-management.ts'
import * as registration from '../registration/registration.ts'
import { boundFetch, type Fetch } from '../requests/bounded-fetch.ts'
import { type RevokeSessionRequest, revokeSession } from '../sign-in/end-session.ts'
import { getOidcUserInfo } from '../tokens/user-info.ts'
import { type OidcApiOptions, verifyApiOptions } from './oidc-api-options.ts'

/**
 * The provider's seven OpenID operations, named as in Ory's own clients. Each request is bounded in time and size, and
 * follows no redirect.
 *
 * @example
 * ```ts
 * const api = new OidcApi({ issuer: 'https://op.example' })
 * const created = await api.createOidcDynamicClient({ redirect_uris: ['https://app.example/callback'] })
 * const changed = await api.setOidcDynamicClient(created, { ...created, client_name: 'Shop' })
 * await api.deleteOidcDynamicClient(changed)
 * ```
 */
export class OidcApi {
  readonly #options: OidcApiOptions
  readonly #fetch: Fetch
  #provider: Promise<Provider> | undefined

  /** @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION` */
  constructor(options: OidcApiOptions) {
    verifyApiOptions(options)
    this.#options = { ...options }
    const { fetch = globalThis.fetch, timeout = 5 } = options
    this.#fetch = boundFetch(fetch as Fetch, { deadline: timeout * 1_000 })
  }

  /**
   * Fetches the provider's configuration: `GET /.well-known/openid-configuration` → 200. Fetched once, then cached.
   *
   * @throws {@link OidcError} `ERR_OIDC_PROVIDER_UNAVAILABLE` or `ERR_OIDC_DISCOVERY_INVALID`, with URL and reason.
   * @see OpenID Connect Discovery 1.0 §4
   */
  async discoverOidcConfiguration(): Promise<ProviderMetadata> {
    return (await this.#discover()).metadata
  }

  /**
   * Registers a client: `POST /oauth2/register` → 201. Keep what it returns: the secret and the registration access token
   * are shown once.
   *
   * @param options - `initialAccessToken`: if the provider protects its registration (RFC 7591 §3).
   * @returns The client as granted. The provider may have changed what was asked for (RFC 7591 §3.2.1).
   * @throws {@link OidcApiError} For 400 (a member is refused), 401 and 403 (protected), 404 (disabled), 429 and 5xx;
   * {@link OidcError} `ERR_OIDC_CLIENT_METADATA_INVALID` before anything is sent.
   * @see RFC 7591 §3
   */
  async createOidcDynamicClient(
    asked: ClientMetadata,
    options: { readonly initialAccessToken?: string } = {},
  ): Promise<ClientInformation> {
    return registration.createOidcDynamicClient(await this.#registry(), asked, options.initialAccessToken)
  }

  /**
   * Reads a registration: `GET /oauth2/register/{id}` → 200.
   *
   * @param credentials - What the registration returned.
   * @returns The client with the newest credentials.
   * @throws {@link OidcApiError} 401 both for a deleted client and for a token that is no longer valid.
   * @see RFC 7592 §2.1
   */
  async getOidcDynamicClient(credentials: ClientInformation): Promise<ClientInformation> {
    return registration.getOidcDynamicClient(await this.#registry(), credentials)
  }

  /**
   * Replaces a registration: `PUT /oauth2/register/{id}` → 200. Omitted members go back to the provider's default.
   *
   * @returns The client with the newest credentials. Store it before anything else: at Hydra the previous registration
   * access token is no longer valid.
   * @throws {@link OidcApiError} 400 for a refused member, 401, 403 for a secret that you chose (at Hydra), 404.
   * @see RFC 7592 §2.2
   */
  async setOidcDynamicClient(
    credentials: ClientInformation,
    asked: ClientMetadata,
  ): Promise<ClientInformation> {
    return registration.setOidcDynamicClient(await this.#registry(), credentials, asked)
  }

  /**
   * Deletes a registration: `DELETE /oauth2/register/{id}` → 204. Its users' tokens become invalid.
   *
   * @throws {@link OidcApiError} 401 if it has already been deleted.
   * @see RFC 7592 §2.3
   */
  async deleteOidcDynamicClient(credentials: ClientInformation): Promise<void> {
    await registration.deleteOidcDynamicClient(await this.#registry(), credentials)
  }

  /**
   * Fetches the claims about the user of an access token: `GET /userinfo` → 200. A signed answer is verified.
   *
   * @param options - `sub`: the user that the answer must be about. `clientId`: the client that a signed answer must name.
   * @throws {@link OidcApiError} `ERR_OIDC_ACCESS_TOKEN_REFUSED` with the challenge of RFC 6750 §3,
   * `ERR_OIDC_USER_INFO_INVALID`, `ERR_OIDC_USER_INFO_UNAVAILABLE`.
   * @see OpenID Connect Core 1.0 §5.3
   */
  async getOidcUserInfo(
    accessToken: string,
    options: { readonly sub?: string; readonly clientId?: string } = {},
  ): Promise<JsonObject> {
    const provider = await this.#discover()
    const granted = { client_id: options.clientId ?? 'any', token_endpoint_auth_method: 'none' }
    const { configuration } = await buildConnection(provider, { granted, privateKey: undefined })
    return getOidcUserInfo(
      { ...provider, configuration, clientId: options.clientId },
      { accessToken },
      options.sub,
    )
  }

  /**
   * Builds the URL that ends the user's session at the provider: `GET /oauth2/sessions/logout` → 302. It is meant for the
   * user's browser, whose cookies it needs. With `follow` it is requested from this process, which works with an ID token.
   *
   * @returns The URL, and with `follow` also where the provider redirects to.
   * @see OpenID Connect RP-Initiated Logout 1.0 §2
   */
  async revokeOidcSession(
    request: RevokeSessionRequest = {},
  ): Promise<{ readonly url: URL; readonly location?: string }> {
    const { fetch = globalThis.fetch, timeout = 5 } = this.#options
    return revokeSession((await this.#discover()).metadata, request, fetch as Fetch, timeout * 1_000)
  }

  async #registry(): Promise<Registry> {
    const { issuer, registrationEndpoint, managedWith = 'registration_access_token' } = this.#options
    const endpoint = registrationEndpoint ?? (await this.#discover()).metadata.registration_endpoint
    return { issuer, registrationEndpoint: endpoint, fetch: this.#fetch, managedWith }
  }

  #discover(): Promise<Provider> {
    const { issuer, allowInsecureIssuer = false } = this.#options
    const needs = {
      endpoints: {},
      profile: undefined,
      metadata: {},
      responseMode: 'query',
      pushedAuthorizationRequests: false,
      bearer: undefined,
      client: undefined,
      discoveryUrl: undefined,
      tenants: undefined,
      trustedAudiences: [],
      tokenEndpointParameters: {},
      revokeOnLogout: false,
      logoutRequest: 'redirect',
      clockTolerance: CLOCK_TOLERANCE * 1_000,
      clientAssertions: { audience: undefined, lifetime: 60_000 },
      dpopBoundAccessTokens: false,
      proofKeys: undefined,
    }
    this.#provider ??= discoverProvider({ issuer, allowInsecureIssuer, ...needs }, this.#fetch)
    this.#provider.catch(() => {
      this.#provider = undefined // so that the next call tries again
    })
    return this.#provider
  }
}
