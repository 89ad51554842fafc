import { isManageable } from '../../protocol/registration/client-information.ts'
import { deleteOidcDynamicClient } from '../../protocol/registration/registration.ts'
import { isFarAhead } from '../../protocol/requests/provider-clock.ts'
import { OidcApiError } from '../../vocabulary/api-error.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { publish } from '../../vocabulary/events.ts'
import type { Settings } from '../options/settings.ts'
import { exists } from './client-liveness.ts'
import { changeClientRecord, readClientRecord } from './client-record.ts'
import type { ClientRecord, GrantedClient, RetiringClient } from './client-record-shape.ts'
import { endOfSessions } from './record-times.ts'
import type { Registrar } from './registrar.ts'

/** Takes the current client out of use for new logins, until the last of its own can be over. */
export function retire(record: ClientRecord, settings: Settings): ClientRecord {
  if (!record.current) return record
  const until = endOfSessions(settings)
  return { ...record, retiring: [...(record.retiring ?? []), { ...record.current, until }] }
}

/** Adds a client that no login uses to those that are to be deleted, so that none is forgotten if that fails. */
export function withUnused(record: ClientRecord, client: GrantedClient): ClientRecord {
  return { ...record, retiring: [...(record.retiring ?? []), { ...client, until: Date.now() }] }
}

/** Whether a record names a client. */
export function holds({ current, retiring = [] }: ClientRecord, clientId: string): boolean {
  return [current, ...retiring].some(client => client?.clientId === clientId)
}

/** What the provider did when it was asked to delete a client: `gone` means that it did not know the client any more. */
export type Deletion = 'deleted' | 'gone' | 'refused'

/**
 * Deletes a retired client at the provider, then from the record. One that is gone already is only forgotten; one that lives
 * on because it cannot be deleted is named. Only under the lease.
 */
export async function deleteRetired(registrar: Registrar, client: RetiringClient): Promise<Deletion> {
  const { issuer, name, log } = registrar.settings
  const deletion = await deleteAtProvider(registrar, client)
  if (deletion === 'refused') log(surplus(client.clientId))
  await changeClientRecord(registrar.settings, record => ({
    ...record,
    retiring: (record.retiring ?? []).filter(({ clientId }) => clientId !== client.clientId),
  }))
  if (deletion !== 'refused') publish('client.deleted', { issuer, clientId: client.clientId, name })
  return deletion
}

/**
 * Whether nothing may be removed now: to a clock that is ahead seems over what other replicas still use. Says so, once.
 */
export function mustNotRemove({ provider, settings }: Registrar): boolean {
  if (!isFarAhead(provider.clock)) return false
  settings.logOnce(
    "This machine's clock is ahead of the provider's. Until it is set right, this process deletes no retired clients, and removes no former keys and nothing that earlier releases used. On Linux: timedatectl set-ntp true.",
  )
  return true
}

/**
 * Deletes the clients whose time is over. One that cannot be deleted now stays in the record, and is deleted later. Only under
 * the lease.
 */
export async function deleteUnused(registrar: Registrar): Promise<void> {
  const { record } = await readClientRecord(registrar.settings)
  const over = record.retiring?.filter(({ until }) => until <= Date.now()) ?? []
  if (over.length === 0 || mustNotRemove(registrar)) return
  for (const client of over) {
    await deleteRetired(registrar, client).catch(error => {
      if (!(error instanceof OidcError)) throw error
      registrar.settings.log(
        `${error.message} Client ${client.clientId} is no longer used; its deletion is tried again later.`,
      )
    })
  }
}

/** A 401 may mean that the client is gone, or that its registration access token is no longer valid. */
async function deleteAtProvider(registrar: Registrar, client: GrantedClient): Promise<Deletion> {
  if (!isManageable(client.granted)) return 'refused'
  try {
    await deleteOidcDynamicClient(registrar.registry, client.granted)
    return 'deleted'
  } catch (error) {
    const { code, providerStatus } = error instanceof OidcApiError ? error : {}
    if (code === 'ERR_OIDC_CLIENT_UNMANAGEABLE') return 'refused'
    if (providerStatus === 403 || providerStatus === 405 || providerStatus === 501) return 'refused'
    if (providerStatus === 401 || providerStatus === 404)
      return (await exists(registrar, client)) ? 'refused' : 'gone'
    throw error
  }
}

function surplus(clientId: string): string {
  return `Client ${clientId} is no longer used and cannot be deleted by this app. Delete it at the provider.`
}
