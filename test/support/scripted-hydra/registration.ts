import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import type { Answer, Recorded } from '../scripted-provider/exchange.ts'
import { asRead, asWritten, clientFrom, refuseAdminMembers } from './client-model.ts'
import { refuseInvalidClient } from './client-validation.ts'
import { sentenceError } from './errors.ts'
import type { HydraClient, HydraState } from './state.ts'
import { bearerTokenOf, sendJson } from './wire.ts'

type Json = Readonly<Record<string, unknown>>

const OWN_SECRET = 'It is not allowed to choose your own OAuth2 Client secret.'

/** Hydra facts §1.2. There is no initial access token: whatever is in `Authorization` is not looked at. */
export function register(state: HydraState): Answer {
  return function register(request, response) {
    refuseWhenDisabled(state)
    const body = decoded(request, problem => `Unable to decode the request body: ${problem}`)
    if (body['client_secret']) throw sentenceError(400, OWN_SECRET)
    const client = validated(randomUUID(), body)
    client.client_secret = newSecret()
    client.registration_access_token = newToken('at')
    state.clients.set(client.client_id, client)
    const { client_id, client_secret, registration_access_token } = client
    const answer = {
      ...asWritten(client),
      // Hydra facts §1.2: also for private_key_jwt, which has no use for it.
      ...(client.token_endpoint_auth_method !== 'none' && { client_secret }),
      registration_access_token,
      registration_client_uri: `${state.issuer}/oauth2/register/${client_id}`,
    }
    sendJson(response, 201, answer, { location: `admin/clients/${client_id}` })
  }
}

/** Hydra facts §1.3, §1.4, §1.5. */
export function manageClient(state: HydraState): Answer {
  return function manageClient(request, response) {
    refuseWhenDisabled(state)
    const client = authorizedClient(state, request)
    if (request.method === 'GET') return sendJson(response, 200, asRead(client))
    if (request.method === 'PUT') return sendJson(response, 200, replaced(state, client, request))
    deleteClient(state, client.client_id)
    response.writeHead(204).end()
  }
}

/** Hydra facts §1.5: everything that was granted to the client goes with it, and nobody is told of a logout for it. */
export function deleteClient(state: HydraState, clientId: string): void {
  state.clients.delete(clientId)
  state.rotatedSecrets.delete(clientId)
  const isOfClient = ({ clientId: owner }: { readonly clientId: string }) => owner === clientId
  for (const [token, grant] of state.accessTokens) if (isOfClient(grant)) state.accessTokens.delete(token)
  for (const tokens of [state.codes, state.refreshTokens]) {
    for (const [token, { grant }] of tokens) if (isOfClient(grant)) tokens.delete(token)
  }
  for (const { clients } of state.sessions.values()) clients.delete(clientId)
}

/** Hydra facts §2.4: PUT replaces the whole client, keeps its secret and issues a new registration access token. */
function replaced(state: HydraState, client: HydraClient, request: Recorded): Json {
  const body = decoded(request, () => 'Unable to decode the request body. Is it valid JSON?')
  if (body['client_secret']) throw sentenceError(403, OWN_SECRET)
  const next = validated(client.client_id, body)
  next.client_secret = client.client_secret
  next.registration_access_token = newToken('at')
  state.clients.set(next.client_id, next)
  const { registration_client_uri } = body
  return {
    ...asWritten(next),
    registration_access_token: next.registration_access_token,
    // Hydra facts §2.4: echoed from the request, never filled in.
    ...(registration_client_uri ? { registration_client_uri } : {}),
  }
}

function validated(clientId: string, body: Json): HydraClient {
  const client = clientFrom(clientId, body)
  refuseAdminMembers(body)
  refuseInvalidClient(client)
  return client
}

/** Hydra facts §1.1. */
function refuseWhenDisabled({ registration }: HydraState): void {
  if (!registration.enabled) throw sentenceError(404, 'Dynamic registration is not enabled.')
}

/** Hydra facts §1.3: one answer for a client that is gone, another's token, a wrong one and none. */
function authorizedClient(state: HydraState, request: Recorded): HydraClient {
  const client = state.clients.get(decodeURIComponent(request.path.split('/')[3] ?? ''))
  const token = bearerTokenOf(request)
  if (client && token !== undefined && client.registration_access_token === token) return client
  throw sentenceError(
    401,
    'The requested OAuth 2.0 client does not exist or you provided incorrect credentials.',
  )
}

function decoded({ body }: Recorded, sentence: (problem: string) => string): Json {
  try {
    const json: unknown = JSON.parse(body)
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Json
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  const [first] = body.trim()
  const problem = first === undefined ? 'EOF' : `invalid character '${first}' looking for beginning of value`
  throw sentenceError(400, sentence(problem))
}

/** Hydra facts §1.2: a prefix and two parts. */
export function newToken(kind: 'ac' | 'at' | 'rt'): string {
  return `ory_${kind}_${randomBytes(32).toString('base64url')}.${randomBytes(32).toString('base64url')}`
}

const SECRET_LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.~'

/** Hydra facts §1.2. */
export function newSecret(): string {
  return Array.from({ length: 26 }, () => SECRET_LETTERS[randomInt(SECRET_LETTERS.length)]).join('')
}
