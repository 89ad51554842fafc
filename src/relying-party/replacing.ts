import { isManageable } from '../protocol/granted-client.ts'
import { deleteOidcDynamicClient } from '../protocol/registration.ts'
import { OidcApiError } from '../vocabulary/api-error.ts'
import { publish } from '../vocabulary/events.ts'
import { type ClientRecord, changeClientRecord, type RetiringClient } from './client-record.ts'
import { adopt, register } from './registering.ts'
import type { ReadyRecord, Registrar } from './registrar.ts'

/** How long a retired client outlives the last of its sessions, in milliseconds. */
const GRACE = 600_000

/**
 * Registers a client that takes the place of the current one. New logins begin with it; the one before serves the callbacks,
 * refreshes and logouts of its own logins until the last of them is over. Only under the lease.
 */
export async function replaceClient(registrar: Registrar): Promise<ReadyRecord> {
  const { settings } = registrar
  const current = await register(registrar, registrar.asked)
  const adopted = await adopt(registrar, current, record => retire(record, settings.absoluteLifetime + GRACE))
  settings.log(
    `New sign-ins use client ${current.clientId}; the one before serves its sessions until they end.`,
  )
  publish('client.replaced', {
    issuer: settings.issuer,
    clientId: current.clientId,
    name: settings.name,
  })
  return adopted as ReadyRecord
}

function retire(record: ClientRecord, milliseconds: number): ClientRecord {
  if (!record.current) return record
  return {
    ...record,
    retiring: [...(record.retiring ?? []), { ...record.current, until: Date.now() + milliseconds }],
  }
}

/** Deletes a retired client at the provider, then from the record. One that is gone already is only forgotten. Only under the lease. */
export async function deleteRetired(
  { settings, registry }: Registrar,
  { clientId, granted }: RetiringClient,
): Promise<void> {
  await deleteAtProvider()
  await changeClientRecord(settings, record => ({
    ...record,
    retiring: (record.retiring ?? []).filter(client => client.clientId !== clientId),
  }))
  publish('client.deleted', { issuer: settings.issuer, clientId, name: settings.name })

  async function deleteAtProvider(): Promise<void> {
    if (!isManageable(granted)) return settings.log(surplus(clientId))
    await deleteOidcDynamicClient(registry, granted).catch(error => {
      const isFinal = error instanceof OidcApiError && [401, 403, 404].includes(error.providerStatus ?? 0)
      if (!isFinal) throw error
      if (error.providerStatus === 403) settings.log(surplus(clientId))
    })
  }
}

function surplus(clientId: string): string {
  return `Client ${clientId} is no longer used and cannot be deleted by this app. Delete it at the provider.`
}
