import { buildConnection } from '../../protocol/provider/connection.ts'
import { probeClient } from '../../protocol/registration/probe.ts'
import type { GrantedClient } from './client-record.ts'
import type { Registrar } from './registrar.ts'
import { isIncomplete } from './registration-refusals.ts'

/** Whether the provider takes these credentials. Ones that do not go together it cannot take. */
export async function isAlive(
  { provider, settings }: Registrar,
  { granted, privateKey }: GrantedClient,
): Promise<boolean> {
  const connection = await buildConnection(provider, { granted, privateKey }).catch(error => {
    if (isIncomplete(error)) return undefined
    throw error
  })
  return connection ? probeClient(connection, settings.redirectUri) : false
}
