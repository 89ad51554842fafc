import { createHash } from 'node:crypto'
import type { Settings } from '../../relying-party/options/settings.ts'

/** The key of a record about logins. Each part is preceded by its length, so that no two lists of parts share a key. */
export function buildKey({ issuer, name }: Settings, kind: string, ...parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of [issuer, name, ...parts]) hash.update(`${Buffer.byteLength(part)}:${part}`)
  return `${kind}:${hash.digest('base64url')}`
}
