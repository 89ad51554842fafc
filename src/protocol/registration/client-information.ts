import { isFilledObject, isObject, type JsonObject } from '../../vocabulary/json.ts'
import type { ClientInformation, ClientMetadata, OAuth2Client } from '../../vocabulary/oauth2-client.ts'
import { readScope, withoutEmpty } from '../requests/lenient-answers.ts'
import { withoutUnusable } from './client-member-types.ts'

/** Reads a client from an answer, without members of a wrong type or an endless length. Hydra also uses a key set without keys for "not set". A time can be sent as text, and a scope as a list. */
export function readAnswer(answer: JsonObject): OAuth2Client {
  const { jwks, client_secret_expires_at: ends, ...told } = readScope(withoutEmpty(answer))
  const isTime = typeof ends === 'string' && /^\d{1,15}$/.test(ends)
  return withoutUnusable({
    ...told,
    ...(isObject(jwks) && !('keys' in jwks) ? {} : withoutUndefined({ jwks })),
    ...withoutUndefined({ client_secret_expires_at: isTime ? Number(ends) : ends }),
  })
}

/**
 * Credentials that an answer does not repeat stay as they were. Only the registration says where a client is managed:
 * Hydra's later answers only repeat what was sent.
 */
export function mergeAnswer(client: ClientInformation, answer: JsonObject): ClientInformation {
  const {
    client_id,
    client_secret,
    client_secret_expires_at,
    registration_access_token,
    registration_client_uri,
  } = client
  const kept = withoutUndefined({ client_secret, client_secret_expires_at, registration_access_token })
  const { registration_client_uri: _, ...told } = readAnswer(answer)
  return { ...kept, ...told, ...withoutUndefined({ registration_client_uri }), client_id }
}

/** Removes what a replacement must not send: members that the provider sets, and the secret unless it changes. */
export function withoutServerMade(client: ClientInformation, asked: ClientMetadata): ClientMetadata {
  if (!isObject(asked)) return asked // verifyClientMetadata() refuses it
  const {
    registration_access_token: _,
    registration_client_uri: __,
    client_secret_expires_at: ___,
    client_id_issued_at: ____,
    created_at: _____,
    updated_at: ______,
    client_secret: secret,
    metadata,
    ...rest
  } = asked
  return withoutUndefined({
    ...rest,
    client_secret: secret === client.client_secret ? undefined : secret,
    metadata: isFilledObject(metadata) ? metadata : undefined,
  })
}

/** Removes the members that are `undefined`. */
export function withoutUndefined<Members extends object>(
  members: Members,
): { [Name in keyof Members]: Exclude<Members[Name], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never
}

/** The client's id. */
export function idOf({ client_id }: ClientInformation): string {
  return client_id
}

/** Whether there is a registration access token with which this registration can be changed. */
export function isManageable({ registration_access_token }: ClientInformation): boolean {
  return registration_access_token !== undefined
}

/** Milliseconds since 1970 at which the secret expires, or `undefined` if it does not. */
export function secretExpiry({
  client_secret_expires_at: seconds = 0,
}: ClientInformation): number | undefined {
  return seconds > 0 ? seconds * 1_000 : undefined
}

/** Whether a client authenticates with a secret. */
export function usesSecret({
  client_secret,
  token_endpoint_auth_method: method = 'client_secret_basic',
}: ClientInformation): boolean {
  return client_secret !== undefined && method.startsWith('client_secret')
}

/** The same client with a different secret. */
export function withSecret<Client extends OAuth2Client>(client: Client, secret: string): Client {
  return { ...client, client_secret: secret }
}

/** Whether two clients have the same secret. */
export function hasSameSecret(one: ClientInformation, other: ClientInformation): boolean {
  return one.client_secret === other.client_secret
}

/** Credentials that an answer may renew (RFC 7592 §2.1, §3). */
const credentials = ['registration_access_token', 'client_secret', 'client_secret_expires_at'] as const

/** Whether an answer contains another secret or registration access token. */
export function hasOtherCredentials(seen: ClientInformation, known: ClientInformation): boolean {
  return credentials.some(member => seen[member] !== known[member])
}

/** The same client with the secret and the registration access token from a newer answer. */
export function withCredentialsOf(seen: ClientInformation, known: ClientInformation): ClientInformation {
  const renewed = Object.fromEntries(credentials.map(member => [member, seen[member]]))
  return { ...known, ...withoutUndefined(renewed) }
}
