import { randomUUID } from 'node:crypto'
import type { Answer } from '../scripted-provider/exchange.ts'
import { protocolError, unrecognizable } from './errors.ts'
import { sessionClaims } from './id-token.ts'
import { type HydraState, secondsOf } from './state.ts'
import { bearerTokenOf, sendError, sendJson } from './wire.ts'

/** Hydra facts §1.7. */
export function userInfo(state: HydraState): Answer {
  return async function userInfo(request, response) {
    const token = bearerTokenOf(request) ?? ''
    const grant = state.accessTokens.get(token)
    if (!grant) {
      const isRefreshToken = state.refreshTokens.has(token)
      const { error, body } = isRefreshToken ? wrongKind() : unknownToken()
      return sendError(response, body, { 'www-authenticate': `Bearer ${error}` })
    }
    const claims = sessionClaims(state, grant)
    if (state.clients.get(grant.clientId)?.userinfo_signed_response_alg !== 'RS256') {
      return sendJson(response, 200, claims)
    }
    // Hydra facts §1.7: with `jti` and a new `iat`, under the current `kid`, without `exp`.
    const jwt = await state.keyRing.sign({ ...claims, jti: randomUUID(), iat: secondsOf(state) })
    response.writeHead(200, { 'content-type': 'application/jwt' }).end(jwt)
  }
}

/** Hydra facts §1.7: `request_unauthorized`, not the `invalid_token` of RFC 6750. */
function unknownToken() {
  const body = protocolError('request_unauthorized')
  return { body, error: `error="${body.error}",error_description="${body.message}"` }
}

/** Hydra facts §1.7: the header says more than the body. */
function wrongKind() {
  const description = 'Only access tokens are allowed in the authorization header.'
  return { body: unrecognizable(401), error: `error="invalid_token",error_description="${description}"` }
}
