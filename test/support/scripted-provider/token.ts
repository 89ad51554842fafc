import { createHash, randomBytes } from 'node:crypto'
import { authenticatedClientId } from './client-authentication.ts'
import { type Answer, formOf, Refusal, sendJson } from './exchange.ts'
import type { Grant, ProviderState } from './state.ts'

const LIFETIME = 3600

/** Exchanges codes and refresh tokens (OpenID Connect Core §3.1.3 and §12). */
export function token(state: ProviderState): Answer {
  return async function token(request, response) {
    const clientId = await authenticatedClientId(state, request)
    const form = formOf(request)
    const grant = redeemed(state, clientId, form)
    const body = await state.tokenResponse(await tokensFor(state, grant, form), form)
    sendJson(response, 200, body)
  }
}

/** Revokes a token, known or not (RFC 7009 §2.2). */
export function revoke(state: ProviderState): Answer {
  return async function revoke(request, response) {
    const clientId = await authenticatedClientId(state, request)
    const revoked = formOf(request).get('token') ?? ''
    for (const tokens of [state.accessTokens, state.refreshTokens]) {
      if (tokens.get(revoked)?.clientId === clientId) tokens.delete(revoked)
    }
    response.writeHead(200).end()
  }
}

function redeemed(state: ProviderState, clientId: string, form: URLSearchParams): Grant {
  const type = form.get('grant_type')
  if (type === 'authorization_code') return redeemedCode(state, clientId, form)
  if (type === 'refresh_token') return redeemedRefreshToken(state, clientId, form)
  throw new Refusal(400, 'unsupported_grant_type', 'The grant_type is not supported.')
}

function redeemedCode(state: ProviderState, clientId: string, form: URLSearchParams): Grant {
  const grant = taken(state.codes, form.get('code'), clientId)
  if (form.get('redirect_uri') !== grant.redirectUri) {
    throw new Refusal(400, 'invalid_grant', 'The redirect_uri is not the one of the request.')
  }
  if (sha256(form.get('code_verifier') ?? '').toString('base64url') !== grant.codeChallenge) {
    throw new Refusal(400, 'invalid_grant', 'The code_verifier does not match.')
  }
  return grant
}

// OpenID Connect Core §12.2: the ID Token of a refresh should have no nonce.
function redeemedRefreshToken(state: ProviderState, clientId: string, form: URLSearchParams): Grant {
  const grant = taken(state.refreshTokens, form.get('refresh_token'), clientId)
  const scope = form.get('scope') ?? grant.scope
  if (!scope.split(' ').every(word => grant.scope.split(' ').includes(word))) {
    throw new Refusal(400, 'invalid_scope', 'The scope is wider than the granted one.')
  }
  return { ...grant, nonce: undefined }
}

// Codes and refresh tokens are good for one use, whatever comes of it.
function taken(grants: Map<string, Grant>, key: string | null, clientId: string): Grant {
  const grant = grants.get(key ?? '')
  if (key !== null) grants.delete(key)
  if (grant?.clientId !== clientId) {
    throw new Refusal(400, 'invalid_grant', 'Unknown, used before, or issued to another client.')
  }
  return grant
}

// RFC 6749 §6: a refresh may ask for an access token for less; the refresh token stays good for all.
async function tokensFor(
  state: ProviderState,
  grant: Grant,
  form: URLSearchParams,
): Promise<Record<string, unknown>> {
  const scope = form.get('scope') ?? grant.scope
  const accessToken = issued(state.accessTokens, { ...grant, scope })
  const scopes = scope.split(' ')
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: LIFETIME,
    scope,
    ...(state.issuesRefreshToken(grant) && { refresh_token: issued(state.refreshTokens, grant) }),
    ...(scopes.includes('openid') && { id_token: await idTokenFor(state, grant, accessToken, form) }),
  }
}

function issued(grants: Map<string, Grant>, grant: Grant): string {
  const key = randomBytes(32).toString('base64url')
  grants.set(key, grant)
  return key
}

async function idTokenFor(
  state: ProviderState,
  grant: Grant,
  accessToken: string,
  form: URLSearchParams,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: state.issuer,
    sub: grant.sub,
    aud: grant.clientId,
    exp: now + LIFETIME,
    iat: now,
    auth_time: grant.authTime,
    ...(grant.nonce !== undefined && { nonce: grant.nonce }),
    sid: grant.sid,
    at_hash: sha256(accessToken).subarray(0, 16).toString('base64url'),
  }
  const header = { alg: 'RS256', typ: 'JWT', kid: state.keys[0]?.kid }
  const changed = await state.idToken(claims, header, { asked: grant.asked, form })
  if (typeof changed === 'string') return changed
  return state.keyRing.sign(changed.claims, changed.header)
}

function sha256(value: string): Buffer {
  return createHash('sha256').update(value).digest()
}
