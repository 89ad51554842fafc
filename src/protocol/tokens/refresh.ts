import { setTimeout as pause } from 'node:timers/promises'
import * as client from 'openid-client'
import type { IdTokenClaims } from '../../vocabulary/claims.ts'
import type { Connection } from '../provider/connection.ts'
import { buildTokenError } from '../provider/provider-error.ts'
import { isRefreshRetryable } from '../provider/quirks.ts'
import { verifyRefreshedIdToken } from './id-token.ts'
import { revokeTokens } from './revocation.ts'

/** What a refresh is made with. */
export interface RefreshRequest {
  readonly refreshToken: string
  /** A part of the scope that was granted (RFC 6749 §6), or an API that the access token is for (RFC 8707 §2). */
  readonly parameters: { readonly scope?: string; readonly resource?: string }
  /** The claims of the sign-in's ID token. */
  readonly claims: IdTokenClaims
}

/** What a refresh gave, verified. Times are milliseconds since 1970. */
export interface RefreshedTokens {
  readonly accessToken: string
  readonly obtainedAt: number
  readonly expiresAt: number | undefined
  /** The scope, where the provider says it. */
  readonly scope: string | undefined
  /** Takes the place of the one that was used, where there is one. */
  readonly refreshToken: string | undefined
  readonly idToken: string | undefined
}

/** Milliseconds before a refresh that the provider asked to repeat: at least so many, and at most so many more. */
const RETRY = 50
const RETRY_SPREAD = 150

/**
 * Renews an access token by a refresh token, which is used up by it at many providers: it is sent once, unless the provider
 * says that it has not looked at it.
 *
 * @throws {@link OidcError} `ERR_OIDC_REFRESH_REFUSED`, `ERR_OIDC_CLIENT_REFUSED`, `ERR_OIDC_PROVIDER_UNAVAILABLE`,
 * `ERR_OIDC_RATE_LIMITED`, `ERR_OIDC_TOKEN_RESPONSE_INVALID` or `ERR_OIDC_ID_TOKEN_INVALID`.
 * @see OpenID Connect Core 1.0 §12
 */
export async function refreshTokens(
  connection: Connection,
  request: RefreshRequest,
): Promise<RefreshedTokens> {
  const tokens = await sendRefresh(connection, request)
  const { access_token: accessToken, refresh_token: refreshToken, id_token: idToken } = tokens
  const isUsable = idToken !== undefined && (await verifyOrRevoke(connection, idToken, tokens, request))
  const obtainedAt = Date.now()
  const expiresIn = tokens.expiresIn()
  return {
    accessToken,
    obtainedAt,
    expiresAt: expiresIn === undefined ? undefined : obtainedAt + expiresIn * 1_000,
    scope: tokens.scope,
    refreshToken,
    idToken: isUsable ? idToken : undefined,
  }
}

type TokenResponse = Awaited<ReturnType<typeof client.refreshTokenGrant>>

async function sendRefresh(
  connection: Connection,
  request: RefreshRequest,
  mayRetry = true,
): Promise<TokenResponse> {
  const { refreshToken, parameters } = request
  try {
    return await client.refreshTokenGrant(connection.configuration, refreshToken, { ...parameters })
  } catch (error) {
    const refused = error instanceof client.ResponseBodyError ? error.error : undefined
    if (!mayRetry || !isRefreshRetryable(connection.metadata, refused))
      throw buildTokenError(connection, error, 'ERR_OIDC_REFRESH_REFUSED')
    await pause(RETRY + Math.random() * RETRY_SPREAD)
    return sendRefresh(connection, request, false)
  }
}

/** Tokens that belong to somebody else are not left lying about. */
async function verifyOrRevoke(
  connection: Connection,
  idToken: string,
  { access_token: accessToken, refresh_token: refreshToken }: TokenResponse,
  { claims }: RefreshRequest,
): Promise<boolean> {
  try {
    return await verifyRefreshedIdToken(connection, idToken, claims)
  } catch (error) {
    await revokeTokens(connection, { refreshToken, accessToken }).catch(() => undefined) // else they expire
    throw error
  }
}
