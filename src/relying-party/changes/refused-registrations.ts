import type { ProviderMetadata } from '../../protocol/metadata/provider-metadata.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { ClientMetadata } from '../../vocabulary/oauth2-client.ts'
import type { Settings } from '../options/settings.ts'
import { buildAskedHash, changeClientRecord, digest, sorted } from '../record/client-record.ts'
import type { ClientRecord, RefusedRegistration } from '../record/client-record-shape.ts'

/** How many refused registrations a record remembers. */
const MOST_REFUSED = 10

/** Names what is asked of a provider as it is now: a change of its discovery document makes it a different ask. */
export function buildAskName(requested: ClientMetadata, metadata: ProviderMetadata): string {
  const discovered = sorted(metadata).map(([member, value]) => [
    member,
    Array.isArray(value) ? value.map(item => JSON.stringify(item)).sort() : value, // some providers list in a different order each time
  ])
  return digest(buildAskedHash(requested) + JSON.stringify(discovered))
}

/** Remembers what is not to be asked for again. */
export function withRefused(record: ClientRecord, refusals: readonly RefusedRegistration[]): ClientRecord {
  if (refusals.length === 0) return record
  const others = (record.refused ?? []).filter(({ ask }) => refusals.every(refusal => refusal.ask !== ask))
  return { ...record, refused: [...others, ...refusals].slice(-MOST_REFUSED) }
}

/** Forgets which authentication methods the provider refused, or everything it refused. */
export async function forgetRefused(settings: Settings, which: 'methods' | 'all'): Promise<void> {
  await changeClientRecord(settings, ({ refused = [], ...record }) => {
    const left = which === 'all' ? [] : refused.filter(({ reason }) => reason !== undefined)
    if (left.length === refused.length) return undefined
    return left.length > 0 ? { ...record, refused: left } : record
  })
}

/** The error for a registration whose answer cannot be used, now and while it is remembered. */
export function buildUnusableError(reason: string): OidcError {
  return new OidcError('ERR_OIDC_REGISTRATION_REFUSED', { message: reason })
}
