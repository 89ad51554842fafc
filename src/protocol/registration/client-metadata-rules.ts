import { OidcError } from '../../vocabulary/errors.ts'
import { isObject } from '../../vocabulary/json.ts'
import type { OAuth2Client, RequestedMetadata } from '../../vocabulary/oauth2-client.ts'

/** The rule that a value breaks, or `undefined`. */
type Check = (value: unknown) => string | undefined

const selfServiceReason =
  'may only be set by an administrator of the provider, not by a client that registers itself'

const isText: Check = value => (typeof value === 'string' ? undefined : 'must be a string')
const isFlag: Check = value => (typeof value === 'boolean' ? undefined : 'must be true or false')
const isDuration: Check = value =>
  typeof value === 'string' && /^(\d+(ns|us|ms|s|m|h))+$/.test(value)
    ? undefined
    : 'must be a duration such as 1h30m'
const isNever: Check = () => selfServiceReason
const isFalse: Check = value => (value === false ? undefined : selfServiceReason)

/** An absolute URI without fragment (RFC 6749 §3.1.2). Native apps use private schemes; `javascript:` and `data:` are refused. */
const isUri: Check = value =>
  typeof value === 'string' &&
  /^(?!javascript:|data:|https?:(?!\/\/))[a-z][a-z0-9+.-]*:[^\s\\#]+$/i.test(value) &&
  URL.canParse(value)
    ? undefined
    : 'must be an absolute URI without fragment'

const isWebUri: Check = value =>
  isUri(value) ?? (/^https?:\/\//i.test(String(value)) ? undefined : 'must be an http or https URL')

const isHttpsUri: Check = value =>
  isUri(value) ?? (/^https:\/\//i.test(String(value)) ? undefined : 'must be an https URL')

const isOrigin: Check = value =>
  isWebUri(value) ??
  (new URL(String(value)).origin === value
    ? undefined
    : 'must be an origin, without a path or a trailing slash')

/** Only public keys leave this app. */
const isKeySet: Check = value => {
  const keys: unknown = isObject(value) ? value['keys'] : undefined
  if (!Array.isArray(keys)) return 'must be a JWK Set'
  const isPublic = keys.every(key => isObject(key) && key['kty'] !== 'oct' && !Object.hasOwn(key, 'd'))
  return isPublic ? undefined : 'must contain only public keys: leave out the private members'
}

const listOf =
  (check: Check): Check =>
  value =>
    Array.isArray(value) ? value.map(check).find(broken => broken !== undefined) : 'must be an array'

const oneOf =
  (...values: readonly string[]): Check =>
  value =>
    typeof value === 'string' && values.includes(value) ? undefined : `must be ${values.join(' or ')}`

const checks: Readonly<Record<string, Check>> = {
  access_token_strategy: isNever,
  allowed_cors_origins: listOf(isOrigin),
  audience: listOf(isText),
  backchannel_logout_session_required: isFlag,
  backchannel_logout_uri: isWebUri,
  client_name: isText,
  client_uri: isWebUri,
  contacts: listOf(isText),
  dpop_bound_access_tokens: isFlag,
  frontchannel_logout_session_required: isFlag,
  frontchannel_logout_uri: isWebUri,
  grant_types: listOf(isText),
  id_token_signed_response_alg: isText,
  initiate_login_uri: isHttpsUri,
  jwks: isKeySet,
  jwks_uri: isWebUri,
  logo_uri: isWebUri,
  metadata: isNever,
  owner: isText,
  policy_uri: isWebUri,
  post_logout_redirect_uris: listOf(isUri),
  redirect_uris: listOf(isUri),
  authorization_signed_response_alg: isText,
  request_object_signing_alg: isText,
  require_signed_request_object: isFlag,
  request_uris: listOf(isWebUri),
  require_pushed_authorization_requests: isFlag,
  response_types: listOf(isText),
  scope: isText,
  sector_identifier_uri: isHttpsUri,
  skip_consent: isFalse,
  skip_logout_consent: isFalse,
  subject_type: oneOf('public', 'pairwise'),
  tls_client_certificate_bound_access_tokens: isFlag,
  token_endpoint_auth_method: isText,
  token_endpoint_auth_signing_alg: isText,
  tos_uri: isWebUri,
  use_mtls_endpoint_aliases: isFlag,
  userinfo_signed_response_alg: isText,
}

/** Members that the provider sets. They are not part of a registration request. */
const serverMade = [
  'client_id',
  'client_id_issued_at',
  'client_secret',
  'client_secret_expires_at',
  'created_at',
  'updated_at',
  'registration_access_token',
  'registration_client_uri',
]

/**
 * Checks client metadata before it is sent, so that mistakes are reported even if the provider would not name them.
 *
 * @param operation - Only a replacement may contain members that the provider sets (RFC 7592 §2.2).
 * @throws {@link OidcError} `ERR_OIDC_CLIENT_METADATA_INVALID`, naming the member, the rule and the fix.
 */
export function verifyClientMetadata(client: OAuth2Client, operation: 'create' | 'set'): void {
  if (!isObject(client))
    throw new OidcError('ERR_OIDC_CLIENT_METADATA_INVALID', { message: 'The client must be an object.' })
  const broken = findBroken(client, operation)
  if (broken)
    throw new OidcError('ERR_OIDC_CLIENT_METADATA_INVALID', { message: `${broken.member} ${broken.rule}.` })
  if (client.jwks !== undefined && client.jwks_uri !== undefined) {
    throw new OidcError('ERR_OIDC_CLIENT_METADATA_INVALID', {
      message: 'jwks and jwks_uri cannot both be set: leave one out.',
    })
  }
}

/** Finds a member that breaks a rule. `null` leaves one out. */
export function findBroken(
  client: RequestedMetadata,
  operation: 'create' | 'set' = 'create',
): { readonly member: string; readonly rule: string } | undefined {
  for (const [member, value] of Object.entries(client)) {
    const rule = value === undefined ? undefined : brokenRule(member, value, operation)
    if (rule) return { member, rule }
  }
  return undefined
}

/** Whether this is the name of a member of client metadata that an app may send. */
export function isClientMember(name: string): boolean {
  return Object.hasOwn(checks, name)
}

function brokenRule(member: string, value: unknown, operation: 'create' | 'set'): string | undefined {
  if (serverMade.includes(member))
    return operation === 'create' ? 'is set by the provider: leave it out' : undefined
  if (member.endsWith('_lifespan')) return isDuration(value)
  return Object.hasOwn(checks, member) ? checks[member]?.(value) : undefined
}

/** Whether client metadata names the client's keys. */
export function namesKeys({ jwks, jwks_uri }: OAuth2Client): boolean {
  return jwks !== undefined || jwks_uri !== undefined
}

/** The metadata that ask for a way to authenticate. */
export function requestMethod(method: string): RequestedMetadata {
  return { token_endpoint_auth_method: method }
}
