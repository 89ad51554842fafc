import type { Recorded } from '../scripted-provider/exchange.ts'
import { clientOfAssertion } from './client-assertion.ts'
import { protocolError } from './errors.ts'
import type { HydraClient, HydraState } from './state.ts'
import { postForm } from './wire.ts'

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

interface Credentials {
  readonly clientId: string
  readonly secret: string
  readonly method: 'client_secret_basic' | 'client_secret_post' | 'none'
}

/** Hydra facts §2.8: by the method that was registered, and by no other. */
export async function authenticatedClient(state: HydraState, request: Recorded): Promise<HydraClient> {
  const form = postForm(request)
  const assertionType = form.get('client_assertion_type')
  if (assertionType === JWT_BEARER) return clientOfAssertion(state, form)
  if (assertionType)
    throw protocolError('invalid_request', `Unknown client_assertion_type '${assertionType}'.`)
  const credentials = credentialsOf(request, form)
  const client = state.clients.get(credentials.clientId)
  if (!client) throw protocolError('invalid_client')
  refuseOtherMethod(client, credentials)
  if (client.token_endpoint_auth_method === 'none') return client
  // Hydra facts §2.6: replaced secrets work on.
  const secrets = [client.client_secret, ...(state.rotatedSecrets.get(client.client_id) ?? [])]
  if (!secrets.includes(credentials.secret)) throw protocolError('invalid_client')
  return client
}

function refuseOtherMethod(client: HydraClient, { method, secret }: Credentials): void {
  const registered = String(client.token_endpoint_auth_method)
  if (secret === '' || method === registered) return
  throw protocolError(
    'invalid_client',
    `The OAuth 2.0 Client supports client authentication method '${registered}', but method '${method}' was requested. You must configure the OAuth 2.0 client's 'token_endpoint_auth_method' value to accept '${method}'.`,
  )
}

function credentialsOf(request: Recorded, form: URLSearchParams): Credentials {
  const [, encoded] = /^basic (\S+)$/i.exec(request.headers.authorization ?? '') ?? []
  if (encoded !== undefined) return basicCredentials(encoded)
  const clientId = form.get('client_id') ?? ''
  const secret = form.get('client_secret') ?? ''
  if (clientId === '') {
    throw protocolError(
      'invalid_request',
      'Client credentials missing or malformed in both HTTP Authorization header and HTTP POST body.',
    )
  }
  return { clientId, secret, method: secret === '' ? 'none' : 'client_secret_post' }
}

/** Hydra facts §2.8: both halves are form-url-encoded before they are joined. */
function basicCredentials(encoded: string): Credentials {
  const pair = Buffer.from(encoded, 'base64').toString()
  const colon = pair.indexOf(':')
  return {
    clientId: formDecoded(pair.slice(0, colon), 'id'),
    secret: formDecoded(pair.slice(colon + 1), 'secret'),
    method: 'client_secret_basic',
  }
}

function formDecoded(value: string, part: 'id' | 'secret'): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '))
  } catch {
    throw protocolError(
      'invalid_request',
      `The client ${part} in the HTTP authorization header could not be decoded from 'application/x-www-form-urlencoded'.`,
    )
  }
}
