import type { Tenants } from '../../protocol/metadata/issuer-template.ts'
import type { endpointNames } from '../../protocol/provider/provider-endpoints.ts'
import type { Store } from '../../stores/store.ts'
import type { RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import type { ClientAssertionOptions, StaticClient } from './client-options.ts'
import type { AnswerHooks, GuardAnswers, LoginHooks, ProviderLogoutOptions } from './hooks.ts'
import type { RoutePaths } from './route-paths.ts'
import type { SignInOptions } from './sign-in-options.ts'

/** The methods of an express-session store that are needed to end sessions. Every store has them. */
export interface SessionStore {
  /** Reads a session by its id. */
  get(sessionId: string, done: (error: unknown, session?: object | null) => void): void
  /** Deletes a session by its id. */
  destroy(sessionId: string, done?: (error?: unknown) => void): void
}

/** Addresses of the provider, by their names in its configuration. */
type ProviderEndpoints = { readonly [Name in (typeof endpointNames)[number]]?: string }

/** How access tokens are accepted in addition to sessions. */
export interface BearerOptions {
  /** The names by which this app is known as an API: a token must be for one of them (RFC 9068 §3). */
  readonly audience: string | readonly string[]
  /**
   * Which tokens are introspected at the provider (RFC 7662): `opaque` (default) for tokens that are not JWTs, `always`, or
   * `never`. Hydra offers introspection on its admin address: set `endpoints.introspection_endpoint`. Must be `never` with `tenants`.
   */
  readonly introspection?: 'opaque' | 'always' | 'never'
  /**
   * Accepts JWTs whose `typ` does not say that they are access tokens, such as Hydra's. This is unsafe if the provider signs
   * other JWTs with a `client_id` for the same audience. Default `false`.
   */
  readonly allowUntypedTokens?: boolean
  /** The app accepts only access tokens: it has no routes and needs no express-session. Default `false`. */
  readonly tokensOnly?: boolean
  /**
   * For tokens that are bound to a certificate (RFC 8705), behind a proxy that ends TLS: the header in which the proxy passes the
   * certificate of the caller on, such as `Client-Cert` (RFC 9440). The proxy must remove this header from every request that it
   * receives, or callers could present certificates that they do not have. Default: the certificate of the TLS connection of this process.
   */
  readonly clientCertificateHeader?: string
}

/**
 * The options of `relyingParty()`. An option that names an environment variable can come from there; code wins.
 */
export type RelyingPartyOptions = CommonOptions & (RegistrationOptions | StaticClientOptions)

/** How an app registers itself. */
interface RegistrationOptions {
  readonly client?: never
  /** Sent with the registration where the provider asks for one (RFC 7591 §3). `OIDC_INITIAL_ACCESS_TOKEN`. */
  readonly initialAccessToken?: string
}

/** How an app uses a client that was made by hand. */
interface StaticClientOptions {
  /**
   * The client that was made by hand. Default: the app registers itself. `CLIENT_ID`, `CLIENT_SECRET` and
   * `OIDC_AUTHENTICATION_METHOD`.
   */
  readonly client: StaticClient
  readonly initialAccessToken?: never
}

/** Options for every app, whether it registers itself or not. */
export interface CommonOptions
  extends SignInOptions,
    ProviderLogoutOptions,
    GuardAnswers,
    LoginHooks,
    AnswerHooks {
  /** The provider's Issuer Identifier, exactly as in its configuration. `ISSUER_BASE_URL`. Required. */
  readonly issuer?: string
  /**
   * Where the provider's configuration is, if not below the issuer. Its `issuer` is compared all the same. `OIDC_DISCOVERY_URL`.
   */
  readonly discoveryUrl?: string
  /**
   * For a provider with an issuer for each tenant, whose configuration has a placeholder in `issuer`, such as
   * `https://login.example/{tenantid}/v2.0`: the ids of the tenants whose users may sign in, or a function that returns `true` for
   * such an id. Required there. With `bearer`, it also says whose access tokens are accepted. `OIDC_TENANTS`, separated by spaces.
   */
  readonly tenants?: Tenants
  /**
   * The app's public URL, with its path if it has one: `https://app.example`. Or several, with the same path, the main one first:
   * a request belongs to the one whose origin it was sent to, otherwise to the first. `BASE_URL`, separated by spaces. Required.
   */
  readonly baseUrl?: string | readonly string[]
  /**
   * More members of the registration (RFC 7591 §2). Often needed: `client_name`, which the provider shows to users (default:
   * the host of `baseUrl`); `backchannel_logout_uri`, if the provider reaches `routes.backchannelLogout` at another address
   * than browsers do; `token_endpoint_auth_method` (default: the strongest that the provider supports); `logo_uri`.
   * `null` leaves a member out that the app would otherwise send: `{ scope: null }`. `dpop_bound_access_tokens: true` binds access
   * tokens to a key of the app (RFC 9449).
   *
   * With `client`: what that client was registered with, as far as the app has to know it, such as
   * `{ id_token_signed_response_alg: 'ES256' }`, so that no other algorithm is accepted.
   */
  readonly metadata?: RequestedMetadata
  /** The scope to request and register, separated by spaces. Default `openid profile email`. `OIDC_SCOPE`. */
  readonly scope?: string
  /** Names this app's client record in the store. Default `default`; required with a shared store. `OIDC_NAME`. */
  readonly name?: string
  /** Where client records, tokens and logout marks are kept. Default: the folder `.oidc`, or the folder in `OIDC_STORE`. */
  readonly store?: Store
  /** Paths of the middleware's routes. */
  readonly routes?: RoutePaths
  /**
   * For an app that other sites show in a frame: sends the cookies of this library as `SameSite=None; Partitioned`, so that users can
   * sign in inside that frame. The cookie of express-session needs the same attributes. Only with https. Default `false`.
   */
  readonly partitionedCookies?: boolean
  /**
   * The express-session store. Needed only if sessions are ended before the first request has passed through
   * express-session: by a job, or by a route in front of it. Default: the store of the first request.
   */
  readonly sessionStore?: SessionStore
  /** Accepts only logout tokens of the type `logout+jwt`, and none without `exp`, not even from Ory Hydra. Default `false`. */
  readonly strictLogoutTokens?: boolean
  /** Origins of the APIs that `req.oidc.fetch()` may send access tokens to: `['https://api.example']`. Default none. */
  readonly apiOrigins?: readonly string[]
  /**
   * Accepts access tokens in the header `Authorization`, too: as `Bearer` (RFC 6750 §2.1), or as `DPoP` with a proof, if they are bound
   * to a key (RFC 9449 §7.1). Default: they are ignored.
   */
  readonly bearer?: BearerOptions
  /** How the app's client assertions are made, with `private_key_jwt`. */
  readonly clientAssertions?: ClientAssertionOptions
  /**
   * Addresses that replace discovered ones, such as an internal `introspection_endpoint`, or a `registration_endpoint` that
   * discovery does not name.
   *
   * @see OpenID Connect Discovery 1.0 §3
   */
  readonly endpoints?: ProviderEndpoints
  /** Allows http for an issuer that is not on this machine. Only for a network that you trust. Default `false`. */
  readonly allowInsecureIssuer?: boolean
  /** Seconds after which a login ends, no matter how active the user is. Default 28,800: 8 hours. */
  readonly absoluteLifetime?: number
  /**
   * Seconds after which the app's credentials are rotated; `false` for never. Default 7,776,000: 90 days. Credentials that expire
   * earlier are rotated earlier.
   */
  readonly rotateEvery?: number | false
  /**
   * Seconds after which the provider's configuration is read again; `false` for never. Default 3,600: an hour. It is also read again when
   * an endpoint is gone or redirects.
   */
  readonly rediscoverEvery?: number | false
  /** Seconds after which a replica reads the client record again. Default 30. */
  readonly rereadEvery?: number
  /** Seconds that one request to the provider may take. 1 to 30. Default 5. */
  readonly requestTimeout?: number
  /** Seconds by which the clocks of this app and of the provider may differ. 0 to 60. Default 30. */
  readonly clockTolerance?: number
  /** Seconds that a request waits for discovery and registration before it gets 503. At most 3,600. Default 5. */
  readonly providerTimeout?: number
  /** `first-use` postpones discovery and registration until a request needs them. Default `immediately`. */
  readonly start?: 'immediately' | 'first-use'
  /** Replaces the global `fetch` for every request to the provider and to your APIs: proxies, private CAs. */
  readonly fetch?: typeof globalThis.fetch
  /** Receives the log lines about start-up and problems. Default: standard output. `false` for none. */
  readonly log?: ((sentence: string) => void) | false
}
