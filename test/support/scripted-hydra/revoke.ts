import type { Answer } from '../scripted-provider/exchange.ts'
import { authenticatedClient } from './client-authentication.ts'
import { HydraError, protocolError } from './errors.ts'
import type { HydraState } from './state.ts'
import { revokeGrant } from './token.ts'
import { postForm, sendTokenJson } from './wire.ts'

/** Hydra facts §1.9: 200 without a body, whether the token was known or not. */
export function revoke(state: HydraState): Answer {
  return async function revoke(request, response) {
    try {
      const client = await authenticatedClient(state, request)
      const token = postForm(request).get('token') ?? ''
      const grant = state.accessTokens.get(token) ?? state.refreshTokens.get(token)?.grant
      if (grant?.clientId === client.client_id) revokeGrant(state, grant)
    } catch (error) {
      if (!(error instanceof HydraError)) throw error
      const { error: code, status } = error
      // Hydra facts §1.9: without the hint that the token endpoint gives; other errors are masked.
      if (code === 'invalid_client' || code === 'invalid_request') {
        return sendTokenJson(response, status, protocolError(code).body)
      }
    }
    response.writeHead(200, { 'cache-control': 'no-store', pragma: 'no-cache' }).end()
  }
}
