import { discoverProvider } from '../protocol/provider/connection.ts'
import { boundFetch } from '../protocol/requests/bounded-fetch.ts'
import { proofKeys } from '../relying-party/client/proof-keys.ts'
import type { Settings } from '../relying-party/options/settings.ts'
import { readClientRecord } from '../relying-party/record/client-record.ts'
import { isReady, type ReadyRecord } from '../relying-party/record/client-record-shape.ts'
import { buildRegistrar, type Registrar } from '../relying-party/record/registrar.ts'
import { OidcError } from '../vocabulary/errors.ts'

/**
 * Discovers the provider and prepares for managing the app's registration there.
 *
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION` for a client that was made by hand.
 */
export async function openRegistrar(settings: Settings): Promise<Registrar> {
  if (settings.client)
    throw new OidcError('ERR_OIDC_INVALID_OPTION', {
      message: 'options.client was made by hand: change or delete it at the provider.',
    })
  return buildRegistrar(
    settings,
    await discoverProvider(
      { ...settings, proofKeys: proofKeys(settings) },
      boundFetch(settings.fetch, { deadline: settings.requestTimeout }),
    ),
  )
}

/**
 * Reads the record of this app's client.
 *
 * @throws {@link OidcError} `ERR_OIDC_NOT_READY` if there is none.
 */
export async function requireRecord(settings: Settings): Promise<ReadyRecord> {
  const { record } = await readClientRecord(settings)
  if (isReady(record)) return record
  throw new OidcError('ERR_OIDC_NOT_READY', { message: noRegistration(settings) })
}

/** Says that there is no registration, and how to get one. */
export function noRegistration({ name, issuer, store }: Settings): string {
  return `There is no registration "${name}" at ${issuer} in ${store.location}. The app registers when it first starts; to register it now: express-oidc-rp client register.`
}
