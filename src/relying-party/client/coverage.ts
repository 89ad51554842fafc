import type { ClientMetadata, RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import { comparableLifespan } from '../../vocabulary/token-lifespans.ts'

/** Whether what is granted already covers what is asked, so that nothing need be changed. */
export function covers(
  { scope: words, ...granted }: ClientMetadata,
  { scope, ...asked }: RequestedMetadata,
): boolean {
  if (scope && !isCovered(words?.split(' '), scope.split(' '))) return false
  return Object.entries(asked).every(([member, value]) =>
    isCovered(comparableLifespan(member, granted[member]), comparableLifespan(member, value)),
  )
}

function isCovered(granted: unknown, asked: unknown): boolean {
  if (asked === null) return true // left to the provider
  if (Array.isArray(asked)) return Array.isArray(granted) && asked.every(member => granted.includes(member))
  if (granted === undefined) return true // a member that the provider does not know
  return JSON.stringify(granted) === JSON.stringify(asked)
}

/** What must be registered for users to sign in: the addresses and the scope. */
export function essentialsOf({ redirect_uris, scope }: RequestedMetadata): ClientMetadata {
  return { ...(redirect_uris ? { redirect_uris } : {}), ...(scope ? { scope } : {}) }
}
