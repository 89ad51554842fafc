import type { RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import { signingAlgorithms } from '../provider/discovery.ts'

/** A member with which no user could sign in, because this library does not support what it means. */
export interface Unsupported {
  readonly member: string
  /** What is supported, as the end of a sentence that begins with the member. */
  readonly rule: string
}

const methods = ['private_key_jwt', 'client_secret_basic', 'client_secret_post', 'none']

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

const notTrue = (value: unknown): string | undefined =>
  value === true ? 'must not be true, because this library does not support it' : undefined

const rules: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  token_endpoint_auth_method: oneOf(...methods),
  token_endpoint_auth_signing_alg: oneOf(...signingAlgorithms),
  id_token_signed_response_alg: oneOf(...signingAlgorithms),
  userinfo_signed_response_alg: oneOf('none', ...signingAlgorithms),
  grant_types: including('authorization_code'),
  response_types: including('code'),
  require_signed_request_object: notTrue,
  dpop_bound_access_tokens: notTrue,
  tls_client_certificate_bound_access_tokens: notTrue,
}

/** Whether a client would be sent, or would have to send, what only it can decrypt (OpenID Connect Core 1.0 §10.2). */
const encryption = /^(id_token|userinfo|authorization|introspection)_encrypted_response_(alg|enc)$/

/**
 * Finds a member that can never work with this library, in what an app asks for or in what a provider granted. Absent and
 * `null` members are left to the provider.
 */
export function findUnsupported(client: RequestedMetadata): Unsupported | undefined {
  for (const [member, value] of Object.entries(client)) {
    if (value === null || value === undefined) continue
    const rule = encryption.test(member)
      ? 'must be left out, because this library does not decrypt responses'
      : Object.hasOwn(rules, member) && rules[member]?.(value)
    if (rule) return { member, rule }
  }
  return undefined
}
