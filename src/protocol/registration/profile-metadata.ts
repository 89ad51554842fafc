import type { RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import type { Profile } from '../../vocabulary/profile.ts'
import { type Forbidden, findForbidden, signsMessages } from '../metadata/profile.ts'
import { withoutUndefined } from './client-information.ts'

/**
 * Adds what a client of a profile is registered with, where the app does not say it: tokens are bound by DPoP, unless the app says that a
 * certificate binds them.
 */
export function withProfileMetadata(profile: Profile, given: RequestedMetadata): RequestedMetadata {
  const isBoundByTls = given.tls_client_certificate_bound_access_tokens === true
  return {
    require_pushed_authorization_requests: true,
    ...(!isBoundByTls && { dpop_bound_access_tokens: true }),
    ...(signsMessages(profile) && { require_signed_request_object: true }),
    ...withoutUndefined(given),
  }
}

/** Finds what client metadata say that contradicts a profile. */
export function findContradiction(profile: Profile, metadata: RequestedMetadata): Forbidden | undefined {
  const isBound = [metadata.dpop_bound_access_tokens, metadata.tls_client_certificate_bound_access_tokens]
  const rule = 'must not be false'
  const forbidden = findForbidden(metadata)
  if (forbidden) return forbidden
  if (metadata.require_pushed_authorization_requests !== true)
    return { member: 'require_pushed_authorization_requests', rule }
  if (!isBound.includes(true))
    return {
      member: 'dpop_bound_access_tokens',
      rule: `${rule}, unless tls_client_certificate_bound_access_tokens is true`,
    }
  if (signsMessages(profile) && metadata.require_signed_request_object !== true)
    return { member: 'require_signed_request_object', rule }
  return undefined
}
