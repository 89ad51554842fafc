import { createHash } from 'node:crypto'
import type { Answer } from '../scripted-provider/exchange.ts'
import { authenticatedClient } from './client-authentication.ts'
import { HydraError, protocolError } from './errors.ts'
import { idTokenFor } from './id-token.ts'
import { newToken } from './registration.ts'
import { type Grant, type HydraClient, type HydraState, strings } from './state.ts'
import { postForm, sendTokenJson } from './wire.ts'

const LIFETIME = 3600

/** Hydra facts §4: the token endpoint. Its errors have no `WWW-Authenticate`. */
export function token(state: HydraState): Answer {
  return async function token(request, response) {
    try {
      const client = await authenticatedClient(state, request)
      const form = postForm(request)
      const isRefresh = form.get('grant_type') === 'refresh_token'
      const grant = isRefresh ? refreshed(state, client, form) : redeemed(state, client, form)
      sendTokenJson(response, 200, await tokensFor(state, client, grant))
    } catch (error) {
      if (!(error instanceof HydraError)) throw error
      sendTokenJson(response, error.status, error.body)
    }
  }
}

/** Hydra facts §4: once. A second use takes back what the first gave. */
function redeemed(state: HydraState, client: HydraClient, form: URLSearchParams): Grant {
  if (form.get('grant_type') !== 'authorization_code') throw protocolError('invalid_request')
  const code = state.codes.get(form.get('code') ?? '')
  if (!code) throw protocolError('invalid_grant')
  const { grant } = code
  if (code.isUsed) {
    revokeGrant(state, grant)
    throw protocolError('invalid_grant', 'The authorization code has already been used.')
  }
  if (grant.clientId !== client.client_id) {
    throw protocolError(
      'invalid_grant',
      'The OAuth 2.0 Client ID from this request does not match the one from the authorize request.',
    )
  }
  if (form.get('redirect_uri') !== grant.redirectUri) {
    throw protocolError(
      'invalid_grant',
      'The "redirect_uri" from this request does not match the one from the authorize request.',
    )
  }
  refuseVerifier(grant.codeChallenge, form.get('code_verifier') ?? '')
  code.isUsed = true
  return grant
}

/** Hydra facts §4: 43 to 128 characters, S256. */
function refuseVerifier(challenge: string | null, verifier: string): void {
  if (!challenge && verifier === '') return
  const problem = (hint: string) => protocolError('invalid_grant', hint)
  if (verifier.length < 43) throw problem('The PKCE code verifier must be at least 43 characters.')
  if (verifier.length > 128) throw problem('The PKCE code verifier can not be longer than 128 characters.')
  if (!challenge) {
    throw problem(
      'The PKCE code verifier was provided but the code challenge was absent from the authorization request.',
    )
  }
  const hash = createHash('sha256').update(verifier).digest('base64url')
  if (hash !== challenge) throw problem('The PKCE code challenge did not match the code verifier.')
}

/** Hydra facts §4: a refresh token is good for one use; a second one kills everything of the grant. */
function refreshed(state: HydraState, client: HydraClient, form: URLSearchParams): Grant {
  if (!strings(client.grant_types).includes('refresh_token')) {
    const hint = "The OAuth 2.0 Client is not allowed to use authorization grant 'refresh_token'."
    throw protocolError('unauthorized_client', hint)
  }
  const refreshToken = knownRefreshToken(state, client, form.get('refresh_token') ?? '')
  if (state.refreshConflicts > 0) {
    state.refreshConflicts -= 1
    throw protocolError(
      'invalid_request',
      'Failed to refresh token because of multiple concurrent requests using the same token. Please retry the request.',
    )
  }
  refreshToken.isUsed = true
  // Hydra facts §4: earlier access tokens of the grant end at once.
  endAccessTokens(state, refreshToken.grant)
  return refreshToken.grant
}

function knownRefreshToken(state: HydraState, client: HydraClient, token: string) {
  const refreshToken = state.refreshTokens.get(token)
  if (!refreshToken || refreshToken.grant.isRevoked) {
    throw protocolError('invalid_grant', 'The refresh token is malformed or not valid.')
  }
  const { grant } = refreshToken
  if (refreshToken.isUsed) {
    revokeGrant(state, grant)
    throw protocolError('invalid_grant', 'The refresh token was already used.')
  }
  if (grant.clientId !== client.client_id) {
    throw protocolError(
      'invalid_grant',
      'The OAuth 2.0 Client ID from this request does not match the ID during the initial token issuance.',
    )
  }
  return refreshToken
}

/** Hydra facts §1.9, §4: every token of a grant dies together. */
export function revokeGrant(state: HydraState, grant: Grant): void {
  grant.isRevoked = true
  endAccessTokens(state, grant)
}

function endAccessTokens(state: HydraState, grant: Grant): void {
  for (const [key, owner] of state.accessTokens) if (owner === grant) state.accessTokens.delete(key)
}

async function tokensFor(state: HydraState, client: HydraClient, grant: Grant): Promise<object> {
  const accessToken = newToken('at')
  state.accessTokens.set(accessToken, grant)
  const scopes = grant.scope.split(' ')
  // Hydra facts §4: both the scope and the grant type are needed.
  const isOffline = scopes.includes('offline') || scopes.includes('offline_access')
  const mayRefresh = isOffline && strings(client.grant_types).includes('refresh_token')
  return {
    access_token: accessToken,
    expires_in: LIFETIME,
    ...(scopes.includes('openid') && { id_token: await idTokenFor(state, grant, accessToken, LIFETIME) }),
    ...(mayRefresh && { refresh_token: newRefreshToken(state, grant) }),
    scope: grant.scope,
    token_type: 'bearer',
  }
}

function newRefreshToken(state: HydraState, grant: Grant): string {
  const refreshToken = newToken('rt')
  state.refreshTokens.set(refreshToken, { grant, isUsed: false })
  return refreshToken
}
