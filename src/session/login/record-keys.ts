import { hash } from 'node:crypto'
import { isTemplate } from '../../protocol/metadata/issuer-template.ts'
import type { Settings } from '../../relying-party/options/settings.ts'

/** Characters of base64url that hold 132 bits of a hash. */
const KEY_LENGTH = 22

/** The key of a record about logins. Each part is preceded by its length, so that no two lists of parts share a key. */
export function buildKey({ issuer, name }: Settings, kind: string, ...parts: readonly string[]): string {
  const text = [issuer, name, ...parts].map(part => `${Buffer.byteLength(part)}:${part}`).join('')
  return `${kind}:${hash('sha256', text, 'base64url').slice(0, KEY_LENGTH)}`
}

/**
 * The issuer of one tenant, where the provider's issuer is a template: a user of one tenant is never one of another, whatever
 * their `sub` and `sid` are. `undefined` where all users have the same issuer.
 */
export function tenantIssuerOf(
  { issuer }: Settings,
  { iss }: { readonly iss?: string | undefined },
): string | undefined {
  return isTemplate(issuer) ? (iss ?? '') : undefined
}
