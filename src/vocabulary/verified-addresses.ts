import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from './json.ts'

/** Claims with an address, each with the claim that says whether that address is verified (OpenID Connect Core 1.0 §5.1). */
const addresses = [
  ['email', 'email_verified'],
  ['phone_number', 'phone_number_verified'],
] as const

/** Claims without those that say whether an address is verified, where newer claims have another address. */
export function withoutStaleFlags(claims: JsonObject, newer: JsonObject): JsonObject {
  const stale = addresses
    .filter(
      ([address]) => newer[address] !== undefined && !isDeepStrictEqual(newer[address], claims[address]),
    )
    .map(([, flag]): string => flag)
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !stale.includes(name)))
}
