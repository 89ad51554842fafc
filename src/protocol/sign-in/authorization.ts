import { hash } from 'node:crypto'
import * as client from 'openid-client'
import type { IdTokenClaims } from '../../vocabulary/claims.ts'
import { cleanWords, showValue } from '../../vocabulary/clean-words.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { proofKeyOf, provenBy } from '../client-authentication/token-proofs.ts'
import { isIssuerOf } from '../metadata/issuer-template.ts'
import { profileMethods } from '../metadata/profile.ts'
import type { Connection } from '../provider/connection.ts'
import { isUnsent } from '../requests/failure-reason.ts'
import { buildTokenError } from '../requests/provider-error.ts'
import { verifyIdToken } from '../tokens/id-token.ts'
import { admitTenant, grantAtIssuer } from '../tokens/tenant.ts'
import { expiryOf, requireTokenType } from '../tokens/token-response.ts'
import { verifyAuthTime } from './step-up.ts'

/** What an authorization response is checked against (RFC 9700 §2.1, §4.5). */
export interface AuthorizationChecks {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  /** The request's `max_age` in seconds, if it had one. */
  readonly maxAge?: number | undefined
  /** The thumbprint of the key that the code is bound to, if it is (RFC 9449 §10). */
  readonly jkt?: string | undefined
}

/** How the provider returns its response; with `jwt`, as a signed JWT (JARM §2.3). */
export type ResponseMode = 'query' | 'form_post' | 'jwt' | 'form_post.jwt'

/** An authorization request before it is sent through the browser. */
export interface AuthorizationRequest extends AuthorizationChecks {
  readonly redirectUri: string
  readonly scope: string
  readonly responseMode: ResponseMode
  /** Additional parameters, such as `login_hint` or `acr_values`. They never override the ones above. */
  readonly parameters: Readonly<Record<string, string>>
}

/** The verified tokens of a sign-in. */
export interface TokenSet {
  readonly accessToken: string
  /** The thumbprint of the key that the access token is bound to; `undefined` for a bearer token. */
  readonly jkt: string | undefined
  /** Milliseconds since 1970 at which the access token expires, if the provider says so. */
  readonly expiresAt: number | undefined
  readonly refreshToken: string | undefined
  readonly idToken: string
  /** The granted scope; the requested one if the provider does not say (RFC 6749 §5.1). */
  readonly scope: string
  readonly claims: IdTokenClaims
}

/** Generates a nonce and a PKCE code verifier, new for every sign-in (OpenID Connect Core 1.0 §15.5.2, RFC 7636 §4.1). */
export function buildSecrets(): { readonly nonce: string; readonly codeVerifier: string } {
  return { nonce: client.randomNonce(), codeVerifier: client.randomPKCECodeVerifier() }
}

/** Parameters that only {@link buildAuthorizationParameters} may set. */
export const ownParameters: ReadonlySet<string> = new Set([
  'client_id',
  'request',
  'request_uri',
  'response_type',
  'response_mode',
  'redirect_uri',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
])

/** Builds the URL of an authorization request. One that is signed repeats what OAuth 2.0 requires (OpenID Connect Core 1.0 §6.1). */
export async function buildAuthorizationUrl(
  { configuration, signRequest }: Connection,
  request: AuthorizationRequest,
): Promise<URL> {
  const parameters = buildAuthorizationParameters(request)
  if (!signRequest) return client.buildAuthorizationUrl(configuration, parameters)
  const signed = Object.fromEntries(await signRequest(configuration, parameters))
  const { scope } = request
  return client.buildAuthorizationUrl(configuration, { ...signed, response_type: 'code', scope })
}

/** Builds the parameters of an authorization request (OpenID Connect Core 1.0 §3.1.2.1, RFC 7636 §4.3). */
export function buildAuthorizationParameters(
  request: AuthorizationRequest,
): Readonly<Record<string, string>> {
  return {
    ...request.parameters,
    response_type: 'code',
    redirect_uri: request.redirectUri,
    scope: request.scope,
    state: request.state,
    nonce: request.nonce,
    code_challenge: hash('sha256', request.codeVerifier, 'base64url'),
    code_challenge_method: 'S256',
    ...(request.responseMode === 'query' ? {} : { response_mode: request.responseMode }),
  }
}

/**
 * Refuses an authorization response from another provider (RFC 9207 §2.4). Must run before the response's `error` is
 * evaluated, because an error can come from the wrong provider too.
 */
export function verifyResponseIssuer(connection: Connection, iss: string | undefined): void {
  const { issuer, authorization_response_iss_parameter_supported: promised } = connection.metadata
  const isRequired = promised === true || connection.profile !== undefined
  if (isIssuerOf(issuer, iss) || (iss === undefined && !isRequired)) return
  const found = iss === undefined ? 'is missing' : `is ${showValue(iss)} instead of ${showValue(issuer)}`
  throw new OidcError('ERR_OIDC_ISSUER_MISMATCH', { reason: `its parameter iss ${found}` })
}

/**
 * Turns an error response (RFC 6749 §4.1.2.1) into an {@link OidcError}. Its description is for the log.
 *
 * @param sent - Secrets of the request, which are not repeated if the provider does.
 */
export function buildAuthorizationError(
  error: string,
  words: string | undefined,
  sent: readonly string[] = [],
): OidcError {
  const known = /^[\w.-]{1,64}$/.test(error) ? error : 'unknown'
  const description = cleanWords(words, sent)
  const details = { error: known, description }
  const reason = description === undefined ? known : `${known}, "${description}"`
  // https://openid.net/specs/openid-connect-unmet-authentication-requirements-1_0.html
  if (known === 'unmet_authentication_requirements')
    return new OidcError('ERR_OIDC_STEP_UP_FAILED', { ...details, reason })
  if (known === 'access_denied') return new OidcError('ERR_OIDC_ACCESS_DENIED', { ...details, reason })
  return new OidcError('ERR_OIDC_AUTHORIZATION_FAILED', { ...details, reason })
}

/**
 * Exchanges the code for tokens and verifies the ID token. The code is sent only once: a second attempt would make the
 * provider revoke the tokens that it issued (RFC 6749 §4.1.2). `onCodeSent` is called as soon as the code may have reached the provider.
 *
 * @throws {@link OidcError} `ERR_OIDC_CODE_REFUSED`, `ERR_OIDC_CLIENT_REFUSED`, `ERR_OIDC_PROVIDER_UNAVAILABLE`,
 * `ERR_OIDC_TOKEN_RESPONSE_INVALID`, `ERR_OIDC_ID_TOKEN_INVALID` or `ERR_OIDC_STEP_UP_FAILED`.
 * @see OpenID Connect Core 1.0 §3.1.3
 */
export async function exchangeCode(
  connection: Connection,
  response: URLSearchParams,
  request: AuthorizationChecks & { readonly redirectUri: string; readonly scope: string },
  onCodeSent: () => void = () => undefined,
): Promise<TokenSet> {
  verifyMethod(connection)
  const url = new URL(`${request.redirectUri}?${response.toString()}`)
  const checks = {
    expectedState: request.state,
    expectedNonce: request.nonce,
    pkceCodeVerifier: request.codeVerifier,
    idTokenExpected: true,
  }
  if (connection.template !== undefined) url.searchParams.delete('iss') // compared below, when the tenant is known
  const key = await proofKeyOf(connection, request.jkt)
  const { own, tokens } = await grantAtIssuer(connection, ({ configuration, tokenEndpointParameters }) =>
    client.authorizationCodeGrant(configuration, url, checks, { ...tokenEndpointParameters }, provenBy(key)),
  ).catch(async error => {
    if (!isUnsent(error)) onCodeSent()
    const sent = [response.get('code') ?? '', request.codeVerifier, request.nonce, request.state]
    throw await buildTokenError(connection, error, 'ERR_OIDC_CODE_REFUSED', sent)
  })
  onCodeSent()
  requireTokenType(tokens, key !== undefined)
  const idToken = tokens.id_token ?? ''
  const claims = await verifyIdToken(own, idToken, tokens.access_token)
  if (connection.template !== undefined) verifyResponseIssuer(own, response.get('iss') ?? undefined)
  await admitTenant(own, claims)
  verifyAuthTime(claims, request.maxAge, connection.clock)
  return {
    accessToken: tokens.access_token,
    jkt: key?.jkt,
    expiresAt: expiryOf(tokens, Date.now()),
    refreshToken: tokens.refresh_token,
    idToken,
    scope: tokens.scope ?? request.scope,
    claims,
  }
}

/** A client from before the app had a profile serves its logins until they end. New ones do not begin with it. */
function verifyMethod({ clientId, profile, method = 'client_secret_basic' }: Connection): void {
  if (profile === undefined || profileMethods.includes(method)) return
  throw new OidcError('ERR_OIDC_CLIENT_METADATA_INVALID', {
    message: `Client ${clientId} is registered with the authentication method ${method}, which options.profile does not allow. Run express-oidc-rp client register, or change the client at the provider.`,
  })
}
