import type { TokenLifespans } from './token-lifespans.ts'

/** How a client authenticates at the token endpoint (OpenID Connect Core 1.0 §9). */
export type ClientAuthenticationMethod =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'client_secret_jwt'
  | 'private_key_jwt'
  | 'tls_client_auth'
  | 'self_signed_tls_client_auth'
  | 'none'

/** A public or private key as JSON (RFC 7517 §4). */
export interface JsonWebKey {
  /** Key type: `RSA`, `EC` or `OKP`. */
  readonly kty?: string
  /** Key id: says which of several keys signed. */
  readonly kid?: string
  /** The algorithm that the key is for, such as `ES256`. */
  readonly alg?: string
  /** `sig` for signatures. */
  readonly use?: string
  /** The parameters of the key (RFC 7518 §6). */
  readonly [member: string]: unknown
}

/**
 * A client as the provider knows it: the model of Ory Hydra's registration, with the standard members of RFC 7591 §2 and
 * OpenID Connect Dynamic Client Registration 1.0 §2, and Ory's own. "Not for self-service" means that Hydra refuses it
 * in a dynamic registration; only an administrator may set it.
 *
 * In answers, a member that the provider sent as `null`, as an empty string or as an empty key set is absent.
 */
export interface OAuth2Client extends TokenLifespans {
  /** `opaque` or `jwt`: the form of the access tokens. Not for self-service. */
  readonly access_token_strategy?: 'opaque' | 'jwt'
  /** Origins (http or https) whose scripts may call the provider for this client. */
  readonly allowed_cors_origins?: readonly string[]
  /** Audiences that the client may request in `audience` parameters. */
  readonly audience?: readonly string[]
  /** Whether a `sid` is required in logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.2). Hydra always sends one. */
  readonly backchannel_logout_session_required?: boolean
  /** Where the provider posts logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.2). */
  readonly backchannel_logout_uri?: string
  /** The client's id. Issued by the provider; Hydra ignores it if it is sent. */
  readonly client_id?: string
  /** Shown to users when they sign in and consent. */
  readonly client_name?: string
  /** Issued by the provider and returned only once, when the client is registered. */
  readonly client_secret?: string
  /** Seconds since 1970 at which the secret expires; 0 means never. Always 0 at Hydra. */
  readonly client_secret_expires_at?: number
  /** The app's home page, http or https. */
  readonly client_uri?: string
  /** Email addresses of the people responsible for the client. */
  readonly contacts?: readonly string[]
  /** When the client was created, in RFC 3339 format. */
  readonly created_at?: string
  /** Whether the client's access tokens are bound to a key of the client (RFC 9449 §5.2). Hydra does not know it. */
  readonly dpop_bound_access_tokens?: boolean
  /** Whether `iss` and `sid` are required (OpenID Connect Front-Channel Logout 1.0 §2). Hydra always sends them. */
  readonly frontchannel_logout_session_required?: boolean
  /** What the provider loads in a frame when the user's session there ends (OpenID Connect Front-Channel Logout 1.0 §2). */
  readonly frontchannel_logout_uri?: string
  /** Such as `authorization_code` and `refresh_token`. Hydra gives refresh tokens only to clients that list the latter. */
  readonly grant_types?: readonly string[]
  /** The algorithm of ID tokens for this client. Hydra ignores it: it uses the same for all clients. */
  readonly id_token_signed_response_alg?: string
  /** Where third parties may start a sign-in, https (OpenID Connect Core 1.0 §4). Hydra ignores it. */
  readonly initiate_login_uri?: string
  /** The client's public keys. Cannot be combined with `jwks_uri`. */
  readonly jwks?: { readonly keys: readonly JsonWebKey[] }
  /** Where the provider finds the client's public keys. Cannot be combined with `jwks`. */
  readonly jwks_uri?: string
  /** The app's logo, http or https. */
  readonly logo_uri?: string
  /** Anything that an administrator stores with the client. Not for self-service. */
  readonly metadata?: unknown
  /** Who the client belongs to, in the operator's own terms. */
  readonly owner?: string
  /** The app's privacy policy, http or https. */
  readonly policy_uri?: string
  /** Where browsers may be sent after signing out (OpenID Connect RP-Initiated Logout 1.0 §3.1). At Hydra each has scheme, host and port of a redirect URI. */
  readonly post_logout_redirect_uris?: readonly string[]
  /** Where authorization responses may be sent: absolute URIs without fragment, compared character by character. */
  readonly redirect_uris?: readonly string[]
  /** The bearer token that manages this registration (RFC 7592 §3). Replaced by Hydra at each PUT. */
  readonly registration_access_token?: string
  /** Where this registration is managed (RFC 7592 §3). Hydra returns it only when the client is registered. */
  readonly registration_client_uri?: string
  /** Whether the provider accepts only signed requests from this client (RFC 9101 §10.5). Hydra does not know it. */
  readonly require_signed_request_object?: boolean
  /** The algorithm of signed authorization responses (JARM §3). Hydra does not know it. */
  readonly authorization_signed_response_alg?: string
  /** The algorithm of signed request objects (OpenID Connect Core 1.0 §6.1). */
  readonly request_object_signing_alg?: string
  /** Request objects that may be referred to by URL (OpenID Connect Core 1.0 §6.2). */
  readonly request_uris?: readonly string[]
  /** Whether the provider accepts only pushed authorization requests from this client (RFC 9126 §6). Hydra does not know it. */
  readonly require_pushed_authorization_requests?: boolean
  /** Such as `code`. */
  readonly response_types?: readonly string[]
  /** Every scope that the client may request, separated by spaces. */
  readonly scope?: string
  /** An https document that lists redirect URIs of several hosts as one sector (OpenID Connect Core 1.0 §8.1). */
  readonly sector_identifier_uri?: string
  /** Whether the consent screen is skipped. Not for self-service. */
  readonly skip_consent?: boolean
  /** Whether the logout confirmation is skipped. Not for self-service. */
  readonly skip_logout_consent?: boolean
  /** `public` or `pairwise` (OpenID Connect Core 1.0 §8). */
  readonly subject_type?: 'public' | 'pairwise'
  /** How the client authenticates. Absent means `client_secret_basic`. */
  readonly token_endpoint_auth_method?: ClientAuthenticationMethod | (string & {})
  /** The algorithm of the client's assertions with `private_key_jwt`. Absent means RS256 at Hydra. */
  readonly token_endpoint_auth_signing_alg?: string
  /** Whether access tokens are bound to the client's certificate (RFC 8705 §3.4). Hydra does not know it. */
  readonly tls_client_certificate_bound_access_tokens?: boolean
  /** The app's terms of service, http or https. */
  readonly tos_uri?: string
  /** Whether the client uses the endpoints at which the provider asks for certificates (RFC 8705 §5). Hydra does not know it. */
  readonly use_mtls_endpoint_aliases?: boolean
  /** When the client was last changed, in RFC 3339 format. */
  readonly updated_at?: string
  /** `none` for JSON, otherwise the algorithm of signed UserInfo. Hydra supports `none` and `RS256`. */
  readonly userinfo_signed_response_alg?: string
  /** Members that other providers or later versions support. */
  readonly [member: string]: unknown
}

/** The metadata that a client requests when it registers (RFC 7591 §2). */
export type ClientMetadata = OAuth2Client

/**
 * What an app that registers itself asks for. `null` means "do not send this": the provider decides, and what an earlier
 * release of the app has registered there is removed.
 */
export type RequestedMetadata = {
  readonly [Member in keyof OAuth2Client]?: OAuth2Client[Member] | null
}

/** The client as the provider granted it (RFC 7591 §3.2.1, RFC 7592 §3). Contains secrets: never print it. */
export interface ClientInformation extends OAuth2Client {
  /** The client's id, issued by the provider. */
  readonly client_id: string
}
