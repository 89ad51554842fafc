import type { JsonObject } from '../../vocabulary/json.ts'
import type { RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import type { Profile } from '../../vocabulary/profile.ts'
import { signingAlgorithms } from '../keys/signing-algorithms.ts'
import { listedNames } from './provider-metadata.ts'

/** FAPI 2.0 Security Profile §5.4.1: for everything that the app signs or accepts. */
const profileAlgorithms: readonly string[] = ['PS256', 'ES256', 'EdDSA', 'Ed25519']

/** FAPI 2.0 Security Profile §5.3.3.1: no secret is shared. */
export const profileMethods: readonly string[] = [
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
]

/** The algorithms that may sign, by preference. */
export function allowedBy(profile: Profile | undefined): readonly string[] {
  return profile === undefined ? signingAlgorithms : profileAlgorithms
}

/** Whether requests and responses of the authorization endpoint are signed (FAPI 2.0 Message Signing §5.3, §5.4). */
export function signsMessages(profile: Profile | undefined): boolean {
  return profile === 'fapi2-message-signing'
}

/** A member of client metadata that a profile forbids, and the rule as the end of a sentence that begins with the member. */
export interface Forbidden {
  readonly member: string
  readonly rule: string
}

/** Finds what a client may not be registered with under a profile. */
export function findForbidden(metadata: RequestedMetadata): Forbidden | undefined {
  for (const [member, value] of Object.entries(metadata)) {
    if (value === undefined) continue
    const allowed = allowedValues(member)
    if (allowed && !allowed.some(one => one === value))
      return { member, rule: `must be ${allowed.join(' or ')}, because of options.profile` }
  }
  return undefined
}

/** UserInfo need not be signed. */
function allowedValues(member: string): readonly string[] | undefined {
  if (member === 'token_endpoint_auth_method') return profileMethods
  if (member === 'userinfo_signed_response_alg') return ['none', ...profileAlgorithms]
  return /_sign(ing|ed_response)_alg$/.test(member) ? profileAlgorithms : undefined
}

/** Whether the security of a sign-in under a profile rests on this member of client metadata. */
export function isOfProfile(member: string): boolean {
  return allowedValues(member) !== undefined || /_bound_access_tokens$|^require_/.test(member)
}

/** What the provider has to offer for a client under a profile. */
export interface ProfileNeeds {
  readonly profile: Profile | undefined
  readonly metadata: RequestedMetadata
  readonly responseMode: string
}

/**
 * Finds what a provider lacks that a profile needs: the member of its configuration, and what is wrong with it as the end of a
 * sentence.
 */
export function findLacking(
  provider: JsonObject,
  { profile, metadata, responseMode }: ProfileNeeds,
): Forbidden | undefined {
  const method = metadata.token_endpoint_auth_method ?? 'private_key_jwt'
  const needs: readonly (readonly [member: string, isNeeded: boolean, wanted: readonly unknown[]])[] = [
    ['pushed_authorization_request_endpoint', true, []],
    ['code_challenge_methods_supported', true, ['S256']],
    ['id_token_signing_alg_values_supported', true, profileAlgorithms],
    ['token_endpoint_auth_methods_supported', true, [method]],
    ['token_endpoint_auth_signing_alg_values_supported', method === 'private_key_jwt', profileAlgorithms],
    ['dpop_signing_alg_values_supported', metadata['dpop_bound_access_tokens'] === true, profileAlgorithms],
    [
      'tls_client_certificate_bound_access_tokens',
      metadata['tls_client_certificate_bound_access_tokens'] === true,
      [true],
    ],
    ['authorization_response_iss_parameter_supported', !signsMessages(profile), [true]], // JARM has iss as a claim
    ['request_object_signing_alg_values_supported', signsMessages(profile), profileAlgorithms],
    ['authorization_signing_alg_values_supported', signsMessages(profile), profileAlgorithms],
    ['response_modes_supported', signsMessages(profile), listedNames(responseMode)],
  ]
  for (const [member, isNeeded, wanted] of needs) {
    const rule = isNeeded ? lack(provider[member], wanted) : undefined
    if (rule) return { member, rule }
  }
  return undefined
}

function lack(value: unknown, wanted: readonly unknown[]): string | undefined {
  if (value === undefined) return 'is missing'
  if (wanted.length === 0 || [value].flat().some(one => wanted.includes(one))) return undefined
  return Array.isArray(value) ? `contains none of ${wanted.join(', ')}` : `is not ${wanted.join(' or ')}`
}
