import type { ClientInformation, ClientMetadata, JsonWebKey } from '../../vocabulary/oauth2-client.ts'

/** What the provider makes, and what Hydra refuses from a client that registered itself. */
const notEchoed = [
  'client_id',
  'client_id_issued_at',
  'client_secret',
  'client_secret_expires_at',
  'registration_access_token',
  'registration_client_uri',
  'created_at',
  'updated_at',
  'metadata',
  'skip_consent',
  'skip_logout_consent',
  'access_token_strategy',
]

/**
 * Builds a whole replacement (RFC 7592 §2.2) from what we ask and from what the provider says the client is now. Addresses
 * and scopes that replicas of an older release still use stay registered.
 */
export function buildReplacement(
  seen: ClientInformation,
  asked: ClientMetadata,
  keys: readonly JsonWebKey[],
): ClientMetadata {
  const echoed = Object.fromEntries(Object.entries(seen).filter(([member]) => !notEchoed.includes(member)))
  const { jwks: _, ...rest } = { ...echoed, ...asked }
  const scopes = union(asked.scope?.split(' '), seen.scope?.split(' '))
  const replacement: ClientMetadata = {
    ...rest,
    ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
    redirect_uris: union(asked.redirect_uris, seen.redirect_uris),
    post_logout_redirect_uris: union(asked.post_logout_redirect_uris, seen.post_logout_redirect_uris),
  }
  return keys.length > 0 ? { ...replacement, jwks: { keys } } : replacement
}

/** What is asked, with the addresses and scopes that a client has already. */
export function withAddressesOf(granted: ClientMetadata, asked: ClientMetadata): ClientMetadata {
  return {
    ...asked,
    redirect_uris: union(asked.redirect_uris, granted.redirect_uris),
    post_logout_redirect_uris: union(asked.post_logout_redirect_uris, granted.post_logout_redirect_uris),
    scope: union(asked.scope?.split(' '), granted.scope?.split(' ')).join(' '),
  }
}

/** What the provider says of a client, with the way to prove who it is that its credentials are for. */
export function withMethodOf(
  { token_endpoint_auth_method, token_endpoint_auth_signing_alg }: ClientMetadata,
  seen: ClientInformation,
): ClientInformation {
  const method = token_endpoint_auth_method === undefined ? {} : { token_endpoint_auth_method }
  const algorithm = token_endpoint_auth_signing_alg === undefined ? {} : { token_endpoint_auth_signing_alg }
  return { ...seen, ...method, ...algorithm }
}

/** What an administrator has set on the client that a replacement would reset, for want of a way to keep it at Hydra. */
export function administratorsValues(seen: ClientInformation): string[] {
  const { skip_consent, skip_logout_consent, access_token_strategy, metadata } = seen
  const isSet = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && Object.keys(value).length > 0
  const values = {
    skip_consent,
    skip_logout_consent,
    access_token_strategy,
    metadata: isSet(metadata) || undefined,
  }
  return Object.entries(values).flatMap(([member, value]) => (value ? [member] : []))
}

function union(one: readonly string[] = [], other: readonly string[] = []): string[] {
  return [...new Set([...one, ...other])]
}
