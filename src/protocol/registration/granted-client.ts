import { OidcApiError } from '../../vocabulary/api-error.ts'
import { isPrintableAscii } from '../../vocabulary/ascii.ts'
import { cleanWords } from '../../vocabulary/clean-words.ts'
import type { JsonObject } from '../../vocabulary/json.ts'
import type { ClientInformation, ClientMetadata } from '../../vocabulary/oauth2-client.ts'
import type { Profile } from '../../vocabulary/profile.ts'
import { isCertificateMethod } from '../client-authentication/certificates.ts'
import { encryptionMembers } from '../keys/encryption-algorithms.ts'
import { findForbidden } from '../metadata/profile.ts'
import { readAnswer, withoutUndefined } from './client-information.ts'
import { findUnsupported } from './supported-metadata.ts'

/**
 * Reads the answer to a registration. The provider may grant something other than what was requested (RFC 7591 §3.2.1):
 * {@link findUnusable} says whether this library can use it.
 *
 * @throws {@link OidcApiError} `ERR_OIDC_REGISTRATION_REFUSED` for an answer without a client.
 */
export function readGranted(answer: JsonObject, requested: ClientMetadata): ClientInformation {
  const { client_id, ...told } = readAnswer(answer)
  if (client_id === undefined || client_id.length > 512 || !isPrintableAscii(client_id))
    // RFC 6749 appendix A.1
    throw new OidcApiError('ERR_OIDC_REGISTRATION_REFUSED', {
      operation: 'createOidcDynamicClient',
      providerStatus: 201,
      message:
        "The provider's answer to the registration cannot be used: client_id is not a string of 1 to 512 characters of printable ASCII. Tell its operators, or register a client manually and set options.client.",
    })
  return {
    ...told,
    client_id,
    ...withoutUndefined({ token_endpoint_auth_method: methodOf(told, requested) }),
  }
}

/** An answer that does not name the method grants the one that was requested, unless it has a secret for another one. */
function methodOf(
  { token_endpoint_auth_method: told, client_secret: secret }: ClientMetadata,
  { token_endpoint_auth_method: requested }: ClientMetadata,
): string | undefined {
  return told ?? ((secret !== undefined) === usesSecretBy(requested) ? requested : undefined)
}

function usesSecretBy(method = 'client_secret_basic'): boolean {
  return method.startsWith('client_secret')
}

/** Why a client cannot be used. */
export interface Unusable {
  readonly member: string
  /** What was granted instead of what, as the end of a sentence. */
  readonly problem: string
}

/**
 * Finds what makes a granted client useless for this library: a member with a value that it does not support, credentials
 * that are missing, or redirect URIs other than the requested ones.
 */
export function findUnusable(
  granted: ClientInformation,
  requested: ClientMetadata,
  profile?: Profile,
): Unusable | undefined {
  const unsupported =
    findUnsupported(granted) ?? (profile && findForbidden(onlyRequested(granted, requested)))
  if (unsupported) {
    const { member, rule } = unsupported
    return { member, problem: `${substitution(member, granted, requested)}, and ${member} ${rule}` }
  }
  return (
    findOtherEncryption(granted, requested) ??
    findWrongAddress(granted, requested) ??
    findMissingCredentials(granted, requested) ??
    findUnbound(granted, requested)
  )
}

/** What a provider registers by default for what the app does not use changes nothing. */
function onlyRequested(granted: ClientInformation, requested: ClientMetadata): ClientMetadata {
  return Object.fromEntries(Object.entries(granted).filter(([member]) => Object.hasOwn(requested, member)))
}

/** The keys that were registered open only what was requested. */
function findOtherEncryption(granted: ClientInformation, requested: ClientMetadata): Unusable | undefined {
  const member = encryptionMembers.find(
    name => granted[name] !== undefined && granted[name] !== requested[name] && isFixed(name, requested),
  )
  if (member === undefined) return undefined
  return {
    member,
    problem: `${substitution(member, granted, requested)}, and the app could not open what is encrypted so`,
  }
}

/** A provider chooses the encryption of the content where none was requested. */
function isFixed(member: string, requested: ClientMetadata): boolean {
  return member.endsWith('_alg') || requested[member] !== undefined
}

function findWrongAddress(granted: ClientInformation, requested: ClientMetadata): Unusable | undefined {
  const { redirect_uris: uris } = granted
  if (!Array.isArray(uris) || hasSameMembers(uris, requested.redirect_uris ?? [])) return undefined
  const member = 'redirect_uris'
  return {
    member,
    problem: `${substitution(member, granted, requested)}, and browsers may return only there`,
  }
}

const bindings: ReadonlyMap<string, string> = new Map([
  ['dpop_bound_access_tokens', 'its key'],
  ['tls_client_certificate_bound_access_tokens', 'its certificate'],
])

/** A provider that does not name the member may bind tokens all the same: the type of the tokens shows it. */
function findUnbound(granted: ClientInformation, requested: ClientMetadata): Unusable | undefined {
  for (const [member, what] of bindings) {
    if (requested[member] !== true || (granted[member] ?? true) === true) continue
    const problem = `${substitution(member, granted, requested)}, and the app wants tokens that are bound to ${what}`
    return { member, problem }
  }
  return undefined
}

function findMissingCredentials(granted: ClientInformation, requested: ClientMetadata): Unusable | undefined {
  const { token_endpoint_auth_method: method = 'client_secret_basic' } = granted
  const member = 'token_endpoint_auth_method'
  const substituted = substitution(member, { ...granted, [member]: method }, requested)
  if (usesSecretBy(method))
    return granted.client_secret === undefined
      ? { member, problem: `${substituted}, and client_secret is missing or too long` }
      : undefined
  if (isCertificateMethod(method) && method !== requested[member])
    return {
      member,
      problem: `${substituted}, and the app presents a certificate only where it asks for that`,
    }
  if (method !== 'private_key_jwt') return undefined
  if (requested.jwks === undefined && requested.jwks_uri === undefined)
    return { member, problem: `${substituted}, and the app has registered no key` }
  return findOtherAlgorithm(granted, requested)
}

/** The key that was registered signs with one algorithm only. */
function findOtherAlgorithm(granted: ClientInformation, requested: ClientMetadata): Unusable | undefined {
  const member = 'token_endpoint_auth_signing_alg'
  const asked = requested[member]
  if (asked === undefined || (granted[member] ?? asked) === asked) return undefined
  return {
    member,
    problem: `${substitution(member, granted, requested)}, and the key that was registered signs only with ${asked}`,
  }
}

/** The authentication method that was requested, if another one was granted. */
export function refusedMethod(granted: ClientInformation, requested: ClientMetadata): string | undefined {
  const { token_endpoint_auth_method: method } = requested
  return method === granted.token_endpoint_auth_method ? undefined : method
}

/** Says what was granted instead of what. */
export function substitution(member: string, granted: ClientMetadata, requested: ClientMetadata): string {
  const wanted = requested[member]
  const instead = wanted === undefined ? 'which was not requested' : `instead of ${worded(wanted)}`
  return `${member} is ${worded(granted[member])} ${instead}`
}

function worded(value: unknown): string {
  return cleanWords(JSON.stringify(value)) ?? 'not set'
}

function hasSameMembers(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every(member => other.includes(member))
}
