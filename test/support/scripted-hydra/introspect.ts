import type { Answer } from '../scripted-provider/exchange.ts'
import { protocolError } from './errors.ts'
import type { Grant, HydraState } from './state.ts'
import { postForm, sendError, sendTokenJson } from './wire.ts'

const LIFETIME = { access_token: 3_600, refresh_token: 2_592_000 }

/** Hydra facts §1.10: on the admin address, without client authentication, for refresh tokens too. */
export function introspect(state: HydraState): Answer {
  return function introspect(request, response) {
    const form = postForm(request)
    if (form.size === 0)
      return sendError(response, protocolError('invalid_request', 'The POST body can not be empty.'))
    const token = form.get('token') ?? ''
    const access = state.accessTokens.get(token)
    const refresh = state.refreshTokens.get(token)
    if (access) return sendTokenJson(response, 200, described(state, access, 'access_token'))
    if (refresh && !refresh.isUsed && !refresh.grant.isRevoked)
      return sendTokenJson(response, 200, described(state, refresh.grant, 'refresh_token'))
    sendTokenJson(response, 200, { active: false })
  }
}

/** Hydra facts §1.10: `token_type` is `Bearer` for both kinds, and what the consent app added is in `ext`. */
function described({ issuer }: HydraState, grant: Grant, use: keyof typeof LIFETIME): object {
  const { requestedAt, session, scope, clientId, audience } = grant
  return {
    active: true,
    scope,
    client_id: clientId,
    sub: session.user.sub,
    exp: requestedAt + LIFETIME[use],
    iat: requestedAt,
    nbf: requestedAt,
    aud: audience,
    iss: issuer,
    token_type: 'Bearer',
    token_use: use,
    ext: { roles: ['admin'] },
  }
}
