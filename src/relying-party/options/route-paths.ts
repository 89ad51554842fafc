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
  /**
   * Serves the app's public keys. Off by default: the keys are part of the registration. With a path, such as `/jwks.json`, its
   * URL is registered instead, for a provider that only accepts that; the provider must be able to reach it.
   *
   * @see RFC 7591 §2, `jwks_uri`
   */
  readonly jwks?: string | false
}
