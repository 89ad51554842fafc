import { randomBytes, randomUUID } from 'node:crypto'
import { type Answer, bearerTokenOf, type Recorded, Refusal, sendJson } from './exchange.ts'
import type { ClientRecord, ProviderState } from './state.ts'

const METHODS: readonly unknown[] = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'none',
]
const SET_BY_PROVIDER = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
]

/** Registers a client (RFC 7591 §3). */
export function register(state: ProviderState): Answer {
  return function register(request, response) {
    const client = registered(state, randomUUID(), metadataIn(request))
    state.clients.set(String(client.client_id), client)
    sendJson(response, 201, client)
  }
}

/** Reads, updates and deletes a client (RFC 7592 §2); an update rotates the registration access token. */
export function manageClient(state: ProviderState): Answer {
  return function manageClient(request, response) {
    const client = authorizedClient(state, request)
    if (request.method === 'DELETE') {
      state.clients.delete(String(client.client_id))
      response.writeHead(204).end()
      return
    }
    const current = request.method === 'PUT' ? updated(state, client, request) : client
    state.clients.set(String(current.client_id), current)
    sendJson(response, 200, current)
  }
}

function registered(
  { issuer, metadata: { registration_endpoint: endpoint = `${issuer}/register` } }: ProviderState,
  clientId: string,
  asked: ClientRecord,
  secret?: unknown,
): ClientRecord {
  const metadata = {
    application_type: 'web',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    ...asked,
  }
  refuseBadMetadata(metadata)
  return {
    ...metadata,
    client_id: clientId,
    client_id_issued_at: Math.floor(Date.now() / 1000),
    ...secretFor(metadata.token_endpoint_auth_method, secret),
    registration_access_token: randomBytes(32).toString('base64url'),
    registration_client_uri: `${String(endpoint)}/${clientId}`,
  }
}

/** Secrets hold every character that HTTP Basic needs form-url-encoded (RFC 6749 §2.3.1). */
function secretFor(method: unknown, current: unknown): ClientRecord {
  if (method === 'none' || method === 'private_key_jwt') return {}
  const secret = current ?? `${randomBytes(24).toString('base64url')} +/:%&=~`
  return { client_secret: secret, client_secret_expires_at: 0 }
}

function refuseBadMetadata(metadata: ClientRecord): void {
  const { redirect_uris, token_endpoint_auth_method: method, jwks, jwks_uri } = metadata
  if (
    !Array.isArray(redirect_uris) ||
    redirect_uris.length === 0 ||
    !redirect_uris.every(uri => URL.canParse(uri))
  ) {
    throw new Refusal(400, 'invalid_redirect_uri', 'redirect_uris must be a list of URLs.')
  }
  if (!METHODS.includes(method)) {
    throw new Refusal(400, 'invalid_client_metadata', 'token_endpoint_auth_method is not supported.')
  }
  if (method === 'private_key_jwt' && !jwks && !jwks_uri) {
    throw new Refusal(400, 'invalid_client_metadata', 'private_key_jwt needs jwks or jwks_uri.')
  }
}

function metadataIn(request: Recorded): ClientRecord {
  if (!request.headers['content-type']?.startsWith('application/json')) {
    throw new Refusal(400, 'invalid_client_metadata', 'The body must be JSON.')
  }
  try {
    const { client_id: _, client_secret: __, ...metadata } = JSON.parse(request.body)
    return metadata
  } catch {
    throw new Refusal(400, 'invalid_client_metadata', 'The body is not a JSON object.')
  }
}

function authorizedClient(state: ProviderState, request: Recorded): ClientRecord {
  const clientId = request.path.slice('/register/'.length)
  const client = state.clients.get(clientId)
  const token = bearerTokenOf(request)
  if (client === undefined || token === undefined || client.registration_access_token !== token) {
    throw new Refusal(401, 'invalid_token', 'The registration access token is not valid.', {
      'www-authenticate': 'Bearer error="invalid_token"',
    })
  }
  return client
}

function updated(state: ProviderState, client: ClientRecord, request: Recorded): ClientRecord {
  const asked = metadataIn(request)
  const { client_id, client_secret }: ClientRecord = JSON.parse(request.body)
  if (client_id !== client.client_id) {
    throw new Refusal(400, 'invalid_client_metadata', 'client_id must be the one of this client.')
  }
  if (client_secret !== undefined && client_secret !== client.client_secret) {
    throw new Refusal(400, 'invalid_client_metadata', 'client_secret must be the current one.')
  }
  const forbidden = SET_BY_PROVIDER.find(member => member in asked)
  if (forbidden !== undefined) {
    throw new Refusal(400, 'invalid_client_metadata', `${forbidden} must not be sent (RFC 7592 §2.2).`)
  }
  const next = registered(state, String(client_id), asked, client.client_secret)
  return { ...next, client_id_issued_at: client.client_id_issued_at }
}
