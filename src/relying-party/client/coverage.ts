import type { ClientMetadata } from '../../vocabulary/oauth2-client.ts'
import { comparableLifespan } from '../../vocabulary/token-lifespans.ts'

/** Whether what is granted already covers what is asked, so that nothing need be changed. */
export function covers(
  { scope: words, ...granted }: ClientMetadata,
  { scope, ...asked }: ClientMetadata,
): boolean {
  if (scope !== undefined && !isCovered(words?.split(' '), scope.split(' '))) return false
  return Object.entries(asked).every(([member, value]) =>
    isCovered(comparableLifespan(member, granted[member]), comparableLifespan(member, value)),
  )
}

function isCovered(granted: unknown, asked: unknown): boolean {
  if (Array.isArray(asked)) return Array.isArray(granted) && asked.every(member => granted.includes(member))
  if (granted === undefined) return true // a member that the provider does not know
  return JSON.stringify(granted) === JSON.stringify(asked)
}

/** What must be registered for anybody to sign in: the addresses and the scope. */
export function essentialsOf({ redirect_uris, scope }: ClientMetadata): ClientMetadata {
  return { ...(redirect_uris ? { redirect_uris } : {}), ...(scope ? { scope } : {}) }
}
