import type { JWTPayload } from 'jose'
import { isObject } from '../../vocabulary/json.ts'

/** What makes a JWT a logout token (OpenID Connect Back-Channel Logout 1.0 §2.4). */
export const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

/**
 * Says what else a token is, if it is neither an ID token nor a UserInfo response: all kinds are signed by the same keys
 * (RFC 8725 §3.11, OpenID Connect Back-Channel Logout 1.0 §4.1).
 */
export function otherKind(typ: string | undefined, { events }: JWTPayload): string | undefined {
  if (typ !== undefined && typ.toLowerCase() !== 'jwt') return 'its typ is not JWT'
  const isLogout = isObject(events) && logoutEvent in events
  return isLogout ? 'it is a logout token' : undefined
}
