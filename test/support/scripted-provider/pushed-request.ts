import { randomUUID } from 'node:crypto'
import { authenticatedClientId } from './client-authentication.ts'
import { type Answer, formOf, parametersOf, type Recorded, Refusal, sendJson } from './exchange.ts'
import type { ProviderState } from './state.ts'

/** Takes an authorization request from a client itself (RFC 9126 §2). Not in the metadata unless a test puts it there. */
export function pushRequest(state: ProviderState): Answer {
  return async function pushRequest(request, response) {
    const clientId = await authenticatedClientId(state, request)
    const asked = formOf(request)
    if (asked.get('client_id') !== clientId || asked.has('request_uri'))
      throw new Refusal(400, 'invalid_request', 'The client_id must be that of the client.')
    const reference = `urn:ietf:params:oauth:request_uri:${randomUUID()}`
    state.pushedRequests.set(reference, asked)
    sendJson(response, 201, { request_uri: reference, expires_in: 60 })
  }
}

/** The parameters of an authorization request, or those that it refers to, once. */
export function askedFor(state: ProviderState, request: Recorded): URLSearchParams {
  const asked = parametersOf(request)
  const reference = asked.get('request_uri')
  if (reference === null) return asked
  const pushed = state.pushedRequests.get(reference)
  state.pushedRequests.delete(reference)
  if (pushed && pushed.get('client_id') === asked.get('client_id')) return pushed
  throw new Refusal(400, 'invalid_request_uri', 'The request_uri is unknown, or has been used.')
}
