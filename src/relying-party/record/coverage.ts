import { encryptionMembers } from '../../protocol/keys/encryption-algorithms.ts'
import { isOfProfile } from '../../protocol/metadata/profile.ts'
import type { ClientMetadata, RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import type { Profile } from '../../vocabulary/profile.ts'
import { comparableLifespan } from '../../vocabulary/token-lifespans.ts'

/** Whether what is granted already covers what is asked, so that nothing need be changed. */
export function covers(
  { scope: words, ...granted }: ClientMetadata,
  { scope, ...asked }: RequestedMetadata,
): boolean {
  if (scope && !isCovered(words?.split(' '), scope.split(' '))) return false
  return Object.entries(asked).every(([member, value]) =>
    isCovered(
      comparableLifespan(member, granted[member]),
      comparableLifespan(member, value),
      encryptionMembers.includes(member),
    ),
  )
}

function isCovered(granted: unknown, asked: unknown, isEncryption = false): boolean {
  if (asked === null) return true // left to the provider
  if (Array.isArray(asked)) return Array.isArray(granted) && asked.every(member => granted.includes(member))
  if (granted === undefined) return !isEncryption // a member that the provider does not know
  return JSON.stringify(granted) === JSON.stringify(asked)
}

/** What must be registered for users to sign in: the addresses, the scope, the encryption, and what a profile rests on. */
export function essentialsOf(asked: RequestedMetadata, profile: Profile | undefined): ClientMetadata {
  const isEssential = (member: string): boolean =>
    ['redirect_uris', 'scope', ...encryptionMembers].includes(member) ||
    (profile !== undefined && isOfProfile(member))
  return Object.fromEntries(Object.entries(asked).filter(([member, value]) => value && isEssential(member)))
}
