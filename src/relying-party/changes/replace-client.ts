import { publish } from '../../vocabulary/events.ts'
import type { GrantedClient, ReadyRecord } from '../record/client-record-shape.ts'
import type { Registrar } from '../record/registrar.ts'
import { retire } from '../record/retired-clients.ts'
import { adopt } from './adopt-client.ts'
import { register } from './register-client.ts'

/**
 * Registers a client that takes the place of the current one. New logins begin with it; the one before serves the callbacks,
 * refreshes and logouts of its own logins until the last of them is over. Only under the lease.
 */
export async function replaceClient(registrar: Registrar, replaced: GrantedClient): Promise<ReadyRecord> {
  const { settings } = registrar
  const current = await register(registrar)
  const adopted = await adopt(registrar, current, replaced, record => retire(record, settings))
  if (adopted.current.clientId !== current.clientId) return adopted
  settings.log(
    `New sign-ins use client ${current.clientId}; the one before serves its sessions until they end.`,
  )
  publish('client.replaced', {
    issuer: settings.issuer,
    clientId: current.clientId,
    name: settings.name,
  })
  return adopted
}
