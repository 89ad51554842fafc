import { isFilledObject } from '../../vocabulary/json.ts'
import type { ClientInformation, ClientMetadata, RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import type { GrantedClient } from './client-record-shape.ts'
import { withoutNull } from './requested-metadata.ts'

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

/** Lists of which earlier releases may still need values. */
const joinedMembers = ['redirect_uris', 'post_logout_redirect_uris', 'grant_types'] as const

/**
 * Builds a whole replacement (RFC 7592 §2.2), but for the keys, from what we ask and from what the provider says the client is now. Addresses,
 * scopes and grant types that replicas and sign-ins of an older release still use stay registered.
 */
export function buildReplacement(seen: ClientInformation, asked: RequestedMetadata): ClientMetadata {
  const echoed = Object.fromEntries(Object.entries(seen).filter(([member]) => !notEchoed.includes(member)))
  const { jwks: _, jwks_uri: __, ...replacement } = withoutNull({ ...echoed, ...withThoseOf(seen, asked) })
  return replacement
}

/** What is asked, with the addresses, scopes and grant types that a client has already. `null` stays: it is not sent. */
export function withThoseOf(granted: ClientMetadata, asked: RequestedMetadata): RequestedMetadata {
  const joined = (member: (typeof joinedMembers)[number]): RequestedMetadata => {
    const values = asked[member] === null ? [] : union(asked[member], granted[member])
    return values.length > 0 ? { [member]: values } : {}
  }
  const scopes = asked.scope === null ? [] : union(asked.scope?.split(' '), granted.scope?.split(' '))
  return {
    ...asked,
    ...Object.assign({}, ...joinedMembers.map(joined)),
    ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
  }
}

/** What a release has to find registered while its replicas run and its sessions last: its addresses, scope and grant types. */
export function needsOf({
  redirect_uris = null,
  post_logout_redirect_uris = null,
  grant_types = null,
  scope = null,
}: RequestedMetadata): ClientMetadata {
  return withoutNull({ redirect_uris, post_logout_redirect_uris, grant_types, scope })
}

/** The scopes that a client's release needs and the provider did not grant. Some providers do not list `openid`. */
export function withheldScopes({ granted, needs = {} }: Pick<GrantedClient, 'granted' | 'needs'>): string[] {
  const words = granted.scope?.split(' ')
  if (!words) return []
  return (needs.scope ?? '').split(' ').filter(word => word !== 'openid' && !words.includes(word))
}

/** Removes what only releases needed that are over. What no release has asked for is an administrator's, and stays. */
export function withoutNeeds<Client extends ClientMetadata>(
  client: Client,
  over: ClientMetadata,
  needed: ClientMetadata,
): Client {
  const isKept =
    (listed: readonly string[] = [], others: readonly string[] = []) =>
    (value: string): boolean =>
      !listed.includes(value) || others.includes(value)
  const left = (member: (typeof joinedMembers)[number]): ClientMetadata => {
    const values = client[member]
    return values ? { [member]: values.filter(isKept(over[member], needed[member])) } : {}
  }
  const { scope } = client
  const isScopeKept = isKept(over.scope?.split(' '), needed.scope?.split(' '))
  return {
    ...client,
    ...Object.assign({}, ...joinedMembers.map(left)),
    ...(scope === undefined ? {} : { scope: scope.split(' ').filter(isScopeKept).join(' ') }),
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

/** A method that the provider did not grant is not asked for again: the client has the credentials for another one. */
export function withoutRefusedMethod(
  asked: RequestedMetadata,
  { requestedMethod }: Pick<GrantedClient, 'requestedMethod'>,
): RequestedMetadata {
  if (requestedMethod === undefined) return asked
  const { token_endpoint_auth_method: _, token_endpoint_auth_signing_alg: __, ...others } = asked
  return others
}

/** What an administrator has set on the client that a replacement would reset, for want of a way to keep it at Hydra. */
export function administratorsValues(seen: ClientInformation): string[] {
  const { skip_consent, skip_logout_consent, access_token_strategy, metadata } = seen
  const values = {
    skip_consent,
    skip_logout_consent,
    access_token_strategy,
    metadata: isFilledObject(metadata) || undefined,
  }
  return Object.entries(values).flatMap(([member, value]) => (value ? [member] : []))
}

function union(one: readonly string[] | null = [], other: readonly string[] = []): string[] {
  return [...new Set([...(one ?? []), ...other])]
}
