import { notFromUserInfo, type UserClaims } from './claims.ts'
import { claimReferences } from './distributed-claims.ts'
import type { JsonObject } from './json.ts'
import { withoutStaleFlags } from './verified-addresses.ts'

/** The claims that the provider has not sent but refers to (OpenID Connect Core 1.0 §5.6.2). */
export function claimsElsewhere(user: JsonObject): readonly string[] {
  if (!('_claim_names' in user || 'hasgroups' in user)) return []
  return Object.keys(claimReferences(user)).filter(
    name => !Object.hasOwn(user, name) && !notFromUserInfo.has(name),
  )
}

/** Adds claims that were fetched from elsewhere, and no others. */
export function addClaims(user: UserClaims, fetched: JsonObject): UserClaims {
  const missing = claimsElsewhere(user)
  const found = Object.fromEntries(
    Object.entries(fetched).filter(([name, value]) => missing.includes(name) && value !== undefined),
  )
  return { ...withoutStaleFlags(user, found), ...found, sub: user.sub }
}

/** The claims of a user that were fetched from elsewhere. */
export function fetchedClaims(user: UserClaims): JsonObject {
  return Object.fromEntries(Object.keys(claimReferences(user)).map(name => [name, user[name]]))
}
