import type { RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import { contentAlgorithms, keyAlgorithms } from '../keys/encryption-algorithms.ts'
import { signingAlgorithms } from '../keys/signing-algorithms.ts'

/** A member with which no user could sign in, because this library does not support what it means. */
export interface Unsupported {
  readonly member: string
  /** What is supported, as the end of a sentence that begins with the member. */
  readonly rule: string
}

const methods = [
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'none',
]

const oneOf =
  (...values: readonly string[]) =>
  (value: unknown): string | undefined =>
    typeof value === 'string' && values.includes(value) ? undefined : `must be one of ${values.join(', ')}`

const including =
  (needed: string) =>
  (value: unknown): string | undefined =>
    !Array.isArray(value) || value.length === 0 || value.includes(needed)
      ? undefined
      : `must contain ${needed}, because this library uses only the authorization code flow`

/** An assertion that the secret signs has the algorithm that every provider with this method supports. */
const assertionAlgorithm = (value: unknown, { token_endpoint_auth_method: method }: RequestedMetadata) =>
  method === 'client_secret_jwt' ? oneOf('HS256')(value) : oneOf(...signingAlgorithms)(value)

type Rule = (value: unknown, client: RequestedMetadata) => string | undefined

const rules: Readonly<Record<string, Rule>> = {
  token_endpoint_auth_method: oneOf(...methods),
  token_endpoint_auth_signing_alg: assertionAlgorithm,
  id_token_signed_response_alg: oneOf(...signingAlgorithms),
  authorization_signed_response_alg: oneOf(...signingAlgorithms),
  request_object_signing_alg: oneOf('none', ...signingAlgorithms),
  userinfo_signed_response_alg: oneOf('none', ...signingAlgorithms),
  grant_types: including('authorization_code'),
  response_types: including('code'),
}

/** Which algorithms a client can be sent encrypted responses with (OpenID Connect Core 1.0 §10.2). */
const encryption = /^(id_token|userinfo|authorization|introspection)_encrypted_response_(alg|enc)$/

function encryptionRule(member: string, value: unknown, client: RequestedMetadata): string | undefined {
  const [, kind, part] = encryption.exec(member) ?? []
  if (kind === undefined) return undefined
  if (kind === 'introspection')
    return 'must be left out, because this library does not decrypt introspections'
  if (part === 'alg') return oneOf(...keyAlgorithms)(value)
  const hasAlgorithm = typeof client[`${kind}_encrypted_response_alg`] === 'string'
  return hasAlgorithm ? oneOf(...contentAlgorithms)(value) : `needs ${kind}_encrypted_response_alg beside it`
}

/**
 * Finds a member that can never work with this library, in what an app asks for or in what a provider granted. Absent and
 * `null` members are left to the provider.
 */
export function findUnsupported(client: RequestedMetadata): Unsupported | undefined {
  for (const [member, value] of Object.entries(client)) {
    if (value === null || value === undefined) continue
    const rule =
      encryptionRule(member, value, client) ??
      (Object.hasOwn(rules, member) && rules[member]?.(value, client))
    if (rule) return { member, rule }
  }
  return undefined
}
