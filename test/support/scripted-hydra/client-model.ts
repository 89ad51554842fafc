import { protocolError, sentenceError } from './errors.ts'
import { goDuration } from './go-duration.ts'
import type { HydraClient } from './state.ts'

// Hydra facts §5 lists the members, §2.7 says how each is answered when it was not sent.
const TEXTS = ['client_name', 'owner', 'policy_uri', 'tos_uri', 'client_uri', 'logo_uri']
const LISTS = ['redirect_uris', 'grant_types', 'response_types', 'contacts']
const EMPTY_LISTS = ['audience', 'allowed_cors_origins']
const OMITTED_WHEN_EMPTY = [
  'post_logout_redirect_uris',
  'request_uris',
  'jwks_uri',
  'sector_identifier_uri',
  'request_object_signing_alg',
  'token_endpoint_auth_signing_alg',
  'backchannel_logout_uri',
  'backchannel_logout_session_required',
  'frontchannel_logout_uri',
  'frontchannel_logout_session_required',
]
const LIFESPANS = [
  'authorization_code_grant_access_token_lifespan',
  'authorization_code_grant_id_token_lifespan',
  'authorization_code_grant_refresh_token_lifespan',
  'client_credentials_grant_access_token_lifespan',
  'device_authorization_grant_access_token_lifespan',
  'device_authorization_grant_id_token_lifespan',
  'device_authorization_grant_refresh_token_lifespan',
  'implicit_grant_access_token_lifespan',
  'implicit_grant_id_token_lifespan',
  'jwt_bearer_grant_access_token_lifespan',
  'refresh_token_grant_access_token_lifespan',
  'refresh_token_grant_id_token_lifespan',
  'refresh_token_grant_refresh_token_lifespan',
]

type Json = Readonly<Record<string, unknown>>

/** Makes a client of a body: full replacement, defaults for what is missing, nothing of what is unknown. */
export function clientFrom(clientId: string, body: Json): HydraClient {
  refuseLifespans(body)
  const now = timestamp()
  return {
    client_id: clientId,
    ...pick(body, TEXTS, ''),
    ...pick(body, LISTS, null),
    ...pick(body, EMPTY_LISTS, []),
    ...lifespansOf(body),
    ...Object.fromEntries(
      OMITTED_WHEN_EMPTY.map(name => [name, body[name]]).filter(([, value]) => !isEmpty(value)),
    ),
    ...withDefaults(body),
    client_secret_expires_at: 0, // Hydra facts §2.1: always, for public clients too
    metadata: {},
    skip_consent: false,
    skip_logout_consent:
      typeof body['skip_logout_consent'] === 'boolean' ? body['skip_logout_consent'] : null,
    created_at: body['created_at'] ?? now, // Hydra facts §2.4: taken from the body
    updated_at: now,
  }
}

/** Hydra facts §2.1: empty grant and response types stay so, and mean the code flow. */
function withDefaults(body: Json) {
  return {
    redirect_uris: body['redirect_uris'] ?? null,
    grant_types: body['grant_types'] ?? null,
    response_types: body['response_types'] ?? null,
    jwks: body['jwks'] ?? {},
    scope: body['scope'] || 'offline_access offline openid',
    token_endpoint_auth_method: body['token_endpoint_auth_method'] || 'client_secret_basic',
    userinfo_signed_response_alg: body['userinfo_signed_response_alg'] || 'none',
    subject_type: body['subject_type'] || 'public',
  }
}

/** Hydra facts §2.7: what a POST or PUT answers, with `null` for lists that were not sent. */
export function asWritten(client: HydraClient): Json {
  const { client_secret: _, registration_access_token: __, metadata: ___, ...members } = client
  return { ...members, metadata: {} }
}

/** Hydra facts §1.3, §2.7: what a GET answers: no secret, no token, no metadata, and `[]` where a POST said `null`. */
export function asRead(client: HydraClient): Json {
  const { metadata: _, ...members } = asWritten(client)
  return { ...members, ...Object.fromEntries(LISTS.map(name => [name, client[name] ?? []])) }
}

/** Hydra facts §5: a Go duration or null; anything else cannot be decoded. */
function refuseLifespans(body: Json): void {
  for (const name of LIFESPANS) {
    const value = body[name] ?? ''
    if (typeof value === 'string' && /^([0-9]+(ns|us|ms|s|m|h))*$/.test(value)) continue
    throw sentenceError(
      400,
      `Unable to decode the request body: time: invalid duration ${JSON.stringify(value)}`,
    )
  }
}

/** Hydra facts §9: normalized as Go does. */
function lifespansOf(body: Json): Json {
  const read = (value: unknown): string | null =>
    typeof value === 'string' && value !== '' ? goDuration(value) : null
  return Object.fromEntries(LIFESPANS.map(name => [name, read(body[name])]))
}

/** Hydra facts §2.2: what only an administrator may set, in the order in which Hydra looks. */
export function refuseAdminMembers(body: Json): void {
  if ('metadata' in body) {
    throw protocolError('invalid_client_metadata', '"metadata" cannot be set for dynamic client registration')
  }
  if (!isEmpty(body['access_token_strategy'])) {
    throw sentenceError(400, 'It is not allowed to choose your own access token strategy.')
  }
  for (const name of ['skip_consent', 'skip_logout_consent']) {
    if (body[name] === true) throw forbiddenMember(name)
  }
}

/** Here the description is replaced, not added to. */
function forbiddenMember(name: string): Error {
  const error = protocolError('invalid_request')
  error.message = `'${name}' cannot be set for dynamic client registration`
  return error
}

/** Hydra stores times to the second. */
function timestamp(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z')
}

function pick(body: Json, names: readonly string[], missing: unknown): Record<string, unknown> {
  return Object.fromEntries(names.map(name => [name, body[name] ?? missing]))
}

export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || value === false || isEmptyList(value)
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}
