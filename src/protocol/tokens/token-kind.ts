import type { JWTPayload } from 'jose'
import { isObject } from '../../vocabulary/json.ts'

/** The event that marks a JWT as a logout token (OpenID Connect Back-Channel Logout 1.0 §2.4). */
export const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

/**
 * Says why a token is neither an ID token nor a UserInfo response, if so: all kinds are signed with the same keys
 * (RFC 8725 §3.11, OpenID Connect Back-Channel Logout 1.0 §4.1).
 */
export function otherKind(typ: string | undefined, { events }: JWTPayload): string | undefined {
  if (typ !== undefined && typ.toLowerCase() !== 'jwt') return 'its typ is not JWT'
  const isLogout = isObject(events) && logoutEvent in events
  return isLogout ? 'it is a logout token' : undefined
}
