import { idOf } from '../../protocol/registration/client-information.ts'
import { createOidcDynamicClient } from '../../protocol/registration/registration.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { publish } from '../../vocabulary/events.ts'
import type { ClientInformation, ClientMetadata, RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import { traced } from '../../vocabulary/operations.ts'
import { changeClientRecord, persistClientRecord, readClientRecord } from '../record/client-record.ts'
import type {
  ClientRecord,
  GrantedClient,
  PendingRegistration,
  RefusedRegistration,
} from '../record/client-record-shape.ts'
import type { Registrar } from '../record/registrar.ts'
import { isCertainlyNone, isMetadataRefused, isUnusable } from '../record/registration-refusals.ts'
import { withThoseOf } from '../record/replacement.ts'
import { buildOffers } from '../record/requested-metadata.ts'
import { acceptGranted } from './accept-granted.ts'
import { buildAskName, buildUnusableError, forgetRefused, withRefused } from './refused-registrations.ts'
import { buildIntent, buildRequest, refuseTooSoon, reportOrphan } from './registration-intent.ts'

/**
 * Registers a client. First the intent is recorded, with the key that we choose; then the provider is asked, once; then its
 * answer is recorded, before anything is done with it. If the provider refuses an authentication method that the app has not
 * chosen, the next one is asked for. Only under the lease.
 *
 * @throws {@link OidcError} `ERR_OIDC_REGISTRATION_REFUSED` or `ERR_OIDC_REGISTRATION_FAILED`, also while the pause after
 * earlier failures lasts, and while it is known that what the provider grants cannot be used.
 */
export async function register(registrar: Registrar): Promise<GrantedClient> {
  const { record } = await readClientRecord(registrar.settings)
  const left = record.pending
  if (left?.granted) return acceptGranted(registrar, left, left.granted, record) // its answer came, but nobody got to use it
  refuseTooSoon(record)
  reportOrphan(registrar, left)
  const { issuer, name } = registrar.settings
  return traced('registration', { issuer, name }, () => registerByOffers(registrar, record))
}

async function registerByOffers(registrar: Registrar, before: ClientRecord): Promise<GrantedClient> {
  const { settings, provider } = registrar
  const refused: RefusedRegistration[] = []
  let failure: unknown = new OidcError('ERR_OIDC_REGISTRATION_REFUSED')
  for (const requested of buildOffers(askedOf(registrar, before), provider.metadata)) {
    const ask = buildAskName(requested, provider.metadata)
    const known = before.refused?.find(refusal => refusal.ask === ask)
    if (known?.reason !== undefined) throw buildUnusableError(known.reason)
    if (known) continue
    try {
      return await registerAs(registrar, requested, before, refused)
    } catch (error) {
      if (!isMetadataRefused(error)) throw error
      if (refused.length === 0) failure = error
      refused.push({ ask, at: Date.now() })
      settings.log(error.message)
    }
  }
  await forgetRefused(settings, 'methods') // so that the next attempt begins with the best one
  throw failure
}

/** A client that takes the place of another one has its addresses too: replicas of another release use them. */
function askedOf({ asked }: Registrar, { current }: ClientRecord): RequestedMetadata {
  return current ? withThoseOf(current.granted, asked) : asked
}

/** @param refused - What the provider refused just before: remembered when this is granted. */
async function registerAs(
  registrar: Registrar,
  requested: ClientMetadata,
  before: ClientRecord,
  refused: readonly RefusedRegistration[],
): Promise<GrantedClient> {
  const { settings } = registrar
  const pending = await buildIntent(registrar, requested, before)
  await changeClientRecord(settings, record => ({ ...record, pending, failures: (record.failures ?? 0) + 1 }))
  const granted = await ask(registrar, pending)
  await persistClientRecord(settings, record =>
    withRefused({ ...record, pending: { ...pending, granted } }, refused),
  )
  publish('client.registered', { issuer: settings.issuer, clientId: idOf(granted), name: settings.name })
  return acceptGranted(registrar, pending, granted, before)
}

async function ask(registrar: Registrar, pending: PendingRegistration): Promise<ClientInformation> {
  const { settings, registry, provider } = registrar
  try {
    return await createOidcDynamicClient(registry, buildRequest(pending), settings.initialAccessToken)
  } catch (error) {
    if (isCertainlyNone(error)) await changeClientRecord(settings, withoutPending)
    else if (isUnusable(error)) {
      const name = buildAskName(pending.requested, provider.metadata)
      const refusal = { ask: name, at: Date.now(), reason: error.message }
      await persistClientRecord(settings, record => withRefused(withoutPending(record), [refusal]))
      reportOrphan(registrar, pending)
    }
    throw error
  }
}

function withoutPending({ pending: _, ...record }: ClientRecord): ClientRecord {
  return record
}
