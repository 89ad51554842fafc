import { setTimeout as pause } from 'node:timers/promises'
import * as client from 'openid-client'
import type { IdTokenClaims } from '../../vocabulary/claims.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { proofKeyOf, provenBy } from '../client-authentication/token-proofs.ts'
import type { ProofKey } from '../keys/proof-keys.ts'
import { isRefreshRetryable } from '../metadata/quirks.ts'
import type { Connection } from '../provider/connection.ts'
import { refreshedIdToken } from '../requests/lenient-answers.ts'
import { buildTokenError } from '../requests/provider-error.ts'
import { verifyRefreshedIdToken } from './id-token.ts'
import { revokeTokens } from './revocation.ts'
import { expiryOf, requireTokenType } from './token-response.ts'

/** A refresh of a login's tokens. */
export interface RefreshRequest {
  readonly refreshToken: string
  /** The thumbprint of the key of the access token that came with it, if that was bound to one. */
  readonly jkt: string | undefined
  /** A subset of the granted scope (RFC 6749 §6), or the API that the access token is for (RFC 8707 §2). */
  readonly parameters: { readonly scope?: string; readonly resource?: string }
  /** The claims of the ID token from the sign-in. */
  readonly claims: IdTokenClaims
}

/** The verified tokens of a refresh. Times are milliseconds since 1970. */
export interface RefreshedTokens {
  readonly accessToken: string
  /** The thumbprint of the key that the access token is bound to; `undefined` for a bearer token. */
  readonly jkt: string | undefined
  readonly obtainedAt: number
  readonly expiresAt: number | undefined
  /** The scope, if the provider says it. */
  readonly scope: string | undefined
  /** Replaces the refresh token that was used, if the provider issued a new one. */
  readonly refreshToken: string | undefined
  readonly idToken: string | undefined
}

/** Milliseconds before a refresh is sent again: a minimum, and the range of a random addition. */
const RETRY = 50
const RETRY_SPREAD = 150

/**
 * Refreshes an access token. Many providers accept a refresh token only once, so it is sent once, unless the provider says
 * that it has not processed it.
 *
 * @throws {@link OidcError} `ERR_OIDC_REFRESH_REFUSED`, `ERR_OIDC_CLIENT_REFUSED`, `ERR_OIDC_PROVIDER_UNAVAILABLE`,
 * `ERR_OIDC_RATE_LIMITED`, `ERR_OIDC_TOKEN_RESPONSE_INVALID` or `ERR_OIDC_ID_TOKEN_INVALID`.
 * @see OpenID Connect Core 1.0 §12
 */
export async function refreshTokens(owner: Connection, request: RefreshRequest): Promise<RefreshedTokens> {
  const connection = await owner.at(request.claims.iss) // no other issuer can renew a login
  const key = await proofKeyOf(connection, request.jkt)
  const tokens = await sendRefresh(connection, request, key)
  requireTokenType(tokens, key !== undefined)
  const { access_token: accessToken, refresh_token: refreshToken, [refreshedIdToken]: idToken } = tokens
  const isUsable = typeof idToken === 'string' && (await verifyOrRevoke(connection, idToken, tokens, request))
  const obtainedAt = Date.now()
  return {
    accessToken,
    jkt: key?.jkt,
    obtainedAt,
    expiresAt: expiryOf(tokens, obtainedAt),
    scope: tokens.scope,
    refreshToken,
    idToken: isUsable ? idToken : undefined,
  }
}

type TokenResponse = Awaited<ReturnType<typeof client.refreshTokenGrant>>

async function sendRefresh(
  connection: Connection,
  request: RefreshRequest,
  key: ProofKey | undefined,
  mayRetry = true,
): Promise<TokenResponse> {
  const { refreshToken } = request
  const parameters = { ...connection.tokenEndpointParameters, ...request.parameters }
  try {
    return await client.refreshTokenGrant(connection.configuration, refreshToken, parameters, provenBy(key))
  } catch (error) {
    const refused = error instanceof client.ResponseBodyError ? error.error : undefined
    if (!mayRetry || !isRefreshRetryable(connection.metadata, refused))
      throw await buildTokenError(connection, error, 'ERR_OIDC_REFRESH_REFUSED', [refreshToken])
    await pause(RETRY + Math.random() * RETRY_SPREAD)
    return sendRefresh(connection, request, key, false)
  }
}

/** Revokes tokens that turn out to belong to a different user or authentication. */
async function verifyOrRevoke(
  connection: Connection,
  idToken: string,
  { access_token: accessToken, refresh_token: refreshToken }: TokenResponse,
  { claims }: RefreshRequest,
): Promise<boolean> {
  try {
    return await verifyRefreshedIdToken(connection, idToken, claims)
  } catch (error) {
    if (error instanceof OidcError && error.code === 'ERR_OIDC_ID_TOKEN_INVALID')
      await revokeTokens(connection, { refreshToken, accessToken }).catch(() => undefined) // otherwise they expire
    throw error
  }
}
