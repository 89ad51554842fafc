import type { Tenants } from '../../protocol/provider/issuer-template.ts'
import type { endpointNames } from '../../protocol/provider/provider-endpoints.ts'
import type { Store } from '../../stores/store.ts'
import type { RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import type { ClientAssertionOptions, StaticClient } from './client-options.ts'
import type { AnswerHooks, GuardAnswers, LoginHooks } from './hooks.ts'

/** The methods of an express-session store that are needed to end sessions. Every store has them. */
export interface SessionStore {
  /** Reads a session by its id. */
  get(sessionId: string, done: (error: unknown, session?: object | null) => void): void
  /** Deletes a session by its id. */
  destroy(sessionId: string, done?: (error?: unknown) => void): void
}

/** The paths of the middleware's routes, below its mount path. `false` switches a route off. */
export interface RoutePaths {
  /** Starts a sign-in. `?returnTo=/path` says where it ends. Default `/login`. */
  readonly login?: string | false
  /** Receives the provider's response; its URL is registered as redirect URI. Default `/callback`. */
  readonly callback?: string
  /** Signs out here and at the provider. Default `/logout`. */
  readonly logout?: string | false
  /** Where a sign-out at the provider returns to; registered too. Default `/logout/callback`; `false`: it ends there. */
  readonly logoutCallback?: string | false
  /**
   * Starts a sign-in that the provider or another site requests; registered only with an https `baseUrl`. Default
   * `/initiate-login`.
   *
   * @see OpenID Connect Core 1.0 §4
   */
  readonly initiateLogin?: string | false
  /** Where the provider posts logout tokens; registered too. Default `/backchannel-logout`. */
  readonly backchannelLogout?: string | false
  /**
   * Loaded by the provider in a frame when its session ends; registered too. Off by default: set it to a path, such as
   * `/frontchannel-logout`, only if the provider has no back channel. With it Keycloak sends no logout tokens, and sign-outs
   * at Ory Hydra take two to three times as long.
   */
  readonly frontchannelLogout?: string | false
}

/** Addresses of the provider, by their names in its configuration. */
type ProviderEndpoints = { readonly [Name in (typeof endpointNames)[number]]?: string }

/** When UserInfo is fetched, and whether a sign-in needs it. */
interface UserInfoOptions {
  /**
   * `at-login` (default): at each sign-in. `lazily`: when the app calls `req.oidc.fetchUserInfo()`. `{ every: 600 }`: at each
   * sign-in, and again once it is older than this number of seconds.
   */
  readonly when?: 'at-login' | 'lazily' | { readonly every: number }
  /**
   * `true` (default): no user is signed in, or stays signed in, without UserInfo. `false`: the claims that are there stay, and it
   * is fetched again later. UserInfo of another user is always refused.
   */
  readonly required?: boolean
}

/** How access tokens are accepted in addition to sessions. */
export interface BearerOptions {
  /** The names by which this app is known as an API: a token must be for one of them (RFC 9068 §3). */
  readonly audience: string | readonly string[]
  /**
   * Which tokens are introspected at the provider (RFC 7662): `opaque` (default) for tokens that are not JWTs, `always`, or
   * `never`. Hydra offers introspection on its admin address: set `endpoints.introspection_endpoint`.
   */
  readonly introspection?: 'opaque' | 'always' | 'never'
  /**
   * Accepts JWTs whose `typ` does not say that they are access tokens, such as Hydra's. This is unsafe if the provider signs
   * other JWTs with a `client_id` for the same audience. Default `false`.
   */
  readonly allowUntypedTokens?: boolean
  /** The app accepts only access tokens: it has no routes and needs no express-session. Default `false`. */
  readonly tokensOnly?: boolean
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
  /**
   * More members of the registration (RFC 7591 §2). Often needed: `client_name`, which the provider shows to users (default:
   * the host of `baseUrl`); `backchannel_logout_uri`, if the provider reaches `routes.backchannelLogout` at another address
   * than browsers do; `token_endpoint_auth_method` (default: the strongest that the provider supports); `logo_uri`.
   * `null` leaves a member out that the app would otherwise send: `{ scope: null }`.
   */
  readonly metadata?: RequestedMetadata
}

/** How an app uses a client that was made by hand. */
interface StaticClientOptions {
  /** The client that was made by hand. Default: the app registers itself. `CLIENT_ID` and `CLIENT_SECRET`. */
  readonly client: StaticClient
  readonly initialAccessToken?: never
  readonly metadata?: never
}

/** Options for every app, whether it registers itself or not. */
export interface CommonOptions extends GuardAnswers, LoginHooks, AnswerHooks {
  /** The provider's Issuer Identifier, exactly as in its configuration. `ISSUER_BASE_URL`. Required. */
  readonly issuer?: string
  /**
   * Where the provider's configuration is, if not below the issuer. Its `issuer` is compared all the same. `OIDC_DISCOVERY_URL`.
   */
  readonly discoveryUrl?: string
  /**
   * For a provider with an issuer for each tenant, whose configuration has a placeholder in `issuer`, such as
   * `https://login.example/{tenantid}/v2.0`: the ids of the tenants whose users may sign in, or a function that returns `true` for
   * such an id. Required there. `OIDC_TENANTS`, separated by spaces.
   */
  readonly tenants?: Tenants
  /** The app's public URL, with its path if it has one: `https://app.example`. `BASE_URL`. Required. */
  readonly baseUrl?: string
  /** The scope to request and register, separated by spaces. Default `openid profile email`. `OIDC_SCOPE`. */
  readonly scope?: string
  /** Names this app's client record in the store. Default `default`; required with a shared store. `OIDC_NAME`. */
  readonly name?: string
  /** Where client records, tokens and logout marks are kept. Default: the folder `.oidc`, or the folder in `OIDC_STORE`. */
  readonly store?: Store
  /** Paths of the middleware's routes. */
  readonly routes?: RoutePaths
  /**
   * The express-session store. Needed only if sessions are ended before the first request has passed through
   * express-session: by a job, or by a route in front of it. Default: the store of the first request.
   */
  readonly sessionStore?: SessionStore
  /** Accepts only logout tokens with `exp` and the type `logout+jwt`, which Ory Hydra's lack. Default `false`. */
  readonly strictLogoutTokens?: boolean
  /** `query` (default), or `form_post`, which keeps the code out of URLs (OAuth 2.0 Form Post Response Mode). */
  readonly responseMode?: 'query' | 'form_post'
  /**
   * How the browser takes a sign-out to the provider: by `redirect` (default), or by a `form` that submits itself, which keeps
   * the ID token out of URLs. A URL of more than 4,096 characters becomes a form anyway.
   */
  readonly logoutRequest?: 'redirect' | 'form'
  /** Revokes the login's refresh token and access token at the provider when the user signs out (RFC 7009). Default `false`. */
  readonly revokeOnLogout?: boolean
  /** Additional parameters for every authorization request, such as `audience` or `ui_locales`. */
  readonly authorizationParameters?: Readonly<Record<string, string>>
  /** Origins of the APIs that `req.oidc.fetch()` may send access tokens to: `['https://api.example']`. Default none. */
  readonly apiOrigins?: readonly string[]
  /**
   * How UserInfo is merged into `req.user`. Default: at each sign-in, which fails without it.
   *
   * @see OpenID Connect Core 1.0 §5.3
   */
  readonly userInfo?: UserInfoOptions
  /**
   * Sends the parameters of a sign-in directly to the provider, so that the browser's URL holds only a reference (RFC 9126).
   * Default: only where the provider requires it.
   */
  readonly pushedAuthorizationRequests?: boolean
  /** Accepts access tokens in the header `Authorization: Bearer`, too (RFC 6750 §2.1). Default: they are ignored. */
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
