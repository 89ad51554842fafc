import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  type JSONWebKeySet,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose'
import { formOf, type Recorded, Refusal } from './exchange.ts'
import type { ClientRecord, ProviderState } from './state.ts'

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

interface Credentials {
  readonly method: string
  readonly clientId: string
  readonly proof: string
}

/** Authenticates a client by the method it registered, and by no other; returns its `client_id`. */
export async function authenticatedClientId(state: ProviderState, request: Recorded): Promise<string> {
  try {
    return await authenticated(state, request)
  } catch (error) {
    const { authorization } = request.headers
    if (!(error instanceof Refusal) || error.status !== 401 || authorization === undefined) throw error
    // RFC 6749 §5.2: a challenge answers those who tried HTTP authentication.
    const challenge = { 'www-authenticate': 'Basic realm="scripted"' }
    throw new Refusal(401, error.error, error.message, challenge)
  }
}

async function authenticated(state: ProviderState, request: Recorded): Promise<string> {
  const { method, clientId, proof } = credentialsOf(request)
  const client = state.clients.get(clientId)
  if (client === undefined) throw refusal('The client is unknown.')
  const { token_endpoint_auth_method: expected = 'client_secret_basic', client_secret } = client
  if (![expected].flat().includes(method))
    throw refusal(`The client is registered for ${String(expected)}, not ${method}.`)
  if (method.endsWith('_jwt')) await verifyAssertion(state, client, clientId, proof)
  else if (method !== 'none' && proof !== client_secret) throw refusal('The secret is wrong.')
  return clientId
}

function credentialsOf(request: Recorded): Credentials {
  const { authorization } = request.headers
  const form = formOf(request)
  const secret = form.get('client_secret')
  const assertion = form.get('client_assertion')
  const given = [authorization ?? null, secret, assertion].filter(value => value !== null)
  if (given.length > 1) throw new Refusal(400, 'invalid_request', 'Only one method may be used.')
  if (authorization !== undefined) return basicCredentials(authorization)
  if (assertion !== null) return assertionCredentials(form, assertion)
  const clientId = form.get('client_id') ?? ''
  if (secret !== null) return { method: 'client_secret_post', clientId, proof: secret }
  return { method: 'none', clientId, proof: '' }
}

function basicCredentials(authorization: string): Credentials {
  const encoded = /^basic (\S+)$/i.exec(authorization)?.[1]
  if (encoded === undefined) throw refusal('The authorization header is not HTTP Basic.')
  const pair = Buffer.from(encoded, 'base64').toString()
  const colon = pair.indexOf(':')
  return {
    method: 'client_secret_basic',
    clientId: formDecoded(pair.slice(0, colon)),
    proof: formDecoded(pair.slice(colon + 1)),
  }
}

// RFC 6749 §2.3.1: both halves are form-url-encoded before they are joined.
function formDecoded(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '))
  } catch {
    throw refusal('The credentials are not form-url-encoded.')
  }
}

function assertionCredentials(form: URLSearchParams, assertion: string): Credentials {
  if (form.get('client_assertion_type') !== JWT_BEARER) throw refusal('The client_assertion_type is wrong.')
  try {
    const method = decodeProtectedHeader(assertion).alg === 'HS256' ? 'client_secret_jwt' : 'private_key_jwt'
    return { method, clientId: decodeJwt(assertion).sub ?? '', proof: assertion }
  } catch {
    throw refusal('The assertion is not a JWT.')
  }
}

async function verifyAssertion(
  state: ProviderState,
  client: ClientRecord,
  clientId: string,
  assertion: string,
): Promise<void> {
  const { payload } = await verify(state, client, assertion, {
    issuer: clientId,
    subject: clientId,
    audience: [state.metadata.issuer, state.metadata.token_endpoint].map(String),
    requiredClaims: ['exp', 'jti'],
  }).catch((cause: unknown) => {
    throw refusal(`The assertion is not valid: ${String(cause)}`)
  })
  const used = `${clientId} ${payload.jti}`
  if (state.usedAssertions.has(used)) throw refusal('The assertion was used before.')
  state.usedAssertions.add(used)
}

async function verify(
  state: ProviderState,
  client: ClientRecord,
  assertion: string,
  options: JWTVerifyOptions,
) {
  if (client.token_endpoint_auth_method !== 'client_secret_jwt')
    return jwtVerify(assertion, createLocalJWKSet(await keysOf(state, client)), options)
  return jwtVerify(assertion, Buffer.from(String(client.client_secret)), options)
}

async function keysOf(
  state: ProviderState,
  { client_id, jwks, jwks_uri: url }: ClientRecord,
): Promise<JSONWebKeySet> {
  if (typeof url !== 'string') return jwks as JSONWebKeySet
  const kept = state.fetchedKeys.get(String(client_id))
  if (kept && Date.now() - kept.at < state.keepsFetchedKeys) return kept.keys
  const response = await fetch(url).catch(() => undefined)
  if (response?.status !== 200) throw refusal(`The keys at ${url} cannot be fetched.`)
  const keys = (await response.json()) as JSONWebKeySet
  state.fetchedKeys.set(String(client_id), { keys, at: Date.now() })
  return keys
}

function refusal(description: string): Refusal {
  return new Refusal(401, 'invalid_client', description)
}
