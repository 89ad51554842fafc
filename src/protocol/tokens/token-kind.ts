import type { JWTPayload, ProtectedHeaderParameters } from 'jose'
import { isObject } from '../../vocabulary/json.ts'

/** The event that marks a JWT as a logout token (OpenID Connect Back-Channel Logout 1.0 §2.4). */
export const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

/**
 * The type that a token's header names, in lower case and without `application/` (RFC 7515 §4.1.9). `jose` leaves it as it was
 * sent: one that is no text is kept, so that it is none of the types that are accepted.
 */
export function typeOf({ typ }: Pick<ProtectedHeaderParameters, 'typ'>): unknown {
  const type: unknown = typ
  return typeof type === 'string' ? type.toLowerCase().replace(/^application\//, '') : type
}

/**
 * Says why a token is neither an ID token nor a UserInfo response, if so: all kinds are signed with the same keys
 * (RFC 8725 §3.11, OpenID Connect Back-Channel Logout 1.0 §4.1).
 */
export function otherKind(header: ProtectedHeaderParameters, { events }: JWTPayload): string | undefined {
  const type = typeOf(header)
  if (type !== undefined && type !== 'jwt') return 'its typ is not JWT'
  const isLogout = isObject(events) && logoutEvent in events
  return isLogout ? 'it is a logout token' : undefined
}
