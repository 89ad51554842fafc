import { createHash } from 'node:crypto'
import { isTemplate } from '../../protocol/provider/issuer-template.ts'
import type { Settings } from '../../relying-party/options/settings.ts'

/** The key of a record about logins. Each part is preceded by its length, so that no two lists of parts share a key. */
export function buildKey({ issuer, name }: Settings, kind: string, ...parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of [issuer, name, ...parts]) hash.update(`${Buffer.byteLength(part)}:${part}`)
  return `${kind}:${hash.digest('base64url')}`
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
