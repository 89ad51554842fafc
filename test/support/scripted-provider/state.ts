import type { JSONWebKeySet, JWK } from 'jose'
import type { JoseHeader, KeyRing } from './key-ring.ts'

/** A JSON object of which some members are known by name. */
type Members<Known extends string> = Partial<Record<Known, unknown>> & Record<string, unknown>

type Claims = Members<'iss' | 'sub' | 'aud' | 'sid' | 'nonce' | 'name' | 'email'>

/** The claims of an ID Token before a test changes them. */
type IdTokenClaims = Claims & Readonly<Record<'exp' | 'iat' | 'auth_time', number>>

/** A registered client: its metadata and what the provider added to them. */
export type ClientRecord = Members<
  | 'client_id'
  | 'client_secret'
  | 'client_id_issued_at'
  | 'registration_access_token'
  | 'registration_client_uri'
  | 'redirect_uris'
  | 'post_logout_redirect_uris'
  | 'token_endpoint_auth_method'
  | 'jwks'
  | 'jwks_uri'
>

/** The discovery document. */
type Metadata = Members<keyof ReturnType<typeof metadataOf>>

/** What the user has granted to a client; codes and tokens stand for one. */
export interface Grant {
  readonly clientId: string
  readonly redirectUri: string
  readonly codeChallenge: string
  readonly scope: string
  readonly nonce: string | undefined
  readonly sub: unknown
  readonly sid: string
  readonly authTime: number
  /** The authorization request. */
  readonly asked: URLSearchParams
}

/** Everything the endpoints share. */
export interface ProviderState {
  readonly issuer: string
  readonly keyRing: KeyRing
  /** The published keys, the current one first. */
  readonly keys: readonly JWK[]
  readonly sign: KeyRing['sign']
  readonly rotateKeys: KeyRing['rotate']
  readonly clients: Map<string, ClientRecord>
  readonly codes: Map<string, Grant>
  readonly accessTokens: Map<string, Grant>
  readonly refreshTokens: Map<string, Grant>
  readonly usedAssertions: Set<string>
  readonly pushedRequests: Map<string, URLSearchParams>
  /** The keys that were fetched from the `jwks_uri` of a client, by its id, and when. */
  readonly fetchedKeys: Map<string, { readonly keys: JSONWebKeySet; readonly at: number }>
  /**
   * Milliseconds for which they are kept, also when an assertion names another key: so does oidc-provider 9.13
   * (`lib/models/client.js`), for a minute or for as long as `Cache-Control` says.
   */
  keepsFetchedKeys: number
  metadata: Metadata
  user: Claims
  /** Whether a code is answered with a refresh token, too. */
  issuesRefreshToken: (grant: Grant) => boolean
  authorizationResponse: AuthorizationResponseHook
  idToken: IdTokenHook
  signedResponse: SignedResponseHook
  tokenResponse: TokenResponseHook
}

const CAPABILITIES = {
  scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
  claims_supported: ['sub', 'name', 'email'],
  response_types_supported: ['code'],
  response_modes_supported: ['query', 'form_post'],
  grant_types_supported: ['authorization_code', 'refresh_token'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
  token_endpoint_auth_methods_supported: [
    'client_secret_basic',
    'client_secret_post',
    'private_key_jwt',
    'none',
  ],
  token_endpoint_auth_signing_alg_values_supported: ['RS256', 'PS256', 'ES256', 'EdDSA'],
  code_challenge_methods_supported: ['S256'],
  request_uri_parameter_supported: false,
  authorization_response_iss_parameter_supported: true,
  backchannel_logout_supported: true,
  backchannel_logout_session_supported: true,
}

type Hooked<T> = T | Promise<T>

/** Changes an ID Token before it is signed, or returns a finished one; also given the authorization request and the one for tokens. */
type IdTokenHook = (
  claims: IdTokenClaims,
  header: JoseHeader,
  requests: { readonly asked: URLSearchParams; readonly form: URLSearchParams },
) => Hooked<{ readonly claims: object; readonly header: JoseHeader } | string>

/** Changes an authorization response before it is signed, or returns a finished one. */
type SignedResponseHook = (
  claims: Readonly<Record<string, unknown>>,
  header: JoseHeader,
) => Hooked<{ readonly claims: object; readonly header: JoseHeader } | string>

/** Changes the token endpoint's JSON, the answer to this form. */
type TokenResponseHook = (
  body: Members<'access_token' | 'refresh_token' | 'id_token'>,
  form: URLSearchParams,
) => unknown

/** Changes the parameters that the browser takes back to the app. */
type AuthorizationResponseHook = (
  parameters: Readonly<Record<string, string>>,
  asked: URLSearchParams,
) => Readonly<Record<string, string>>

export function initialState(issuer: string, keyRing: KeyRing): ProviderState {
  return {
    issuer,
    keyRing,
    get keys() {
      return keyRing.published
    },
    sign: keyRing.sign,
    rotateKeys: keyRing.rotate,
    clients: new Map(),
    codes: new Map(),
    accessTokens: new Map(),
    refreshTokens: new Map(),
    usedAssertions: new Set(),
    pushedRequests: new Map(),
    fetchedKeys: new Map(),
    keepsFetchedKeys: 0,
    metadata: metadataOf(issuer),
    user: { sub: 'user-1', name: 'Una User', email: 'una@example.test' },
    issuesRefreshToken: ({ scope }) => scope.split(' ').includes('offline_access'),
    authorizationResponse: parameters => parameters,
    idToken: (claims, header) => ({ claims, header }),
    signedResponse: (claims, header) => ({ claims, header }),
    tokenResponse: body => body,
  }
}

function metadataOf(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/jwks`,
    registration_endpoint: `${issuer}/register`,
    end_session_endpoint: `${issuer}/logout`,
    revocation_endpoint: `${issuer}/revoke`,
    ...structuredClone(CAPABILITIES),
  }
}
