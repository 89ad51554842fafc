import { buildConnection } from '../../protocol/provider/connection.ts'
import { probeAuthorization, probeClient } from '../../protocol/registration/probe.ts'
import type { GrantedClient } from './client-record-shape.ts'
import type { Registrar } from './registrar.ts'
import { isIncomplete } from './registration-refusals.ts'

/** Whether the provider accepts these credentials. A set that is incomplete cannot be accepted. */
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

/** Whether the provider still has a client, even if it accepts none of its credentials. */
export async function exists(registrar: Registrar, client: GrantedClient): Promise<boolean> {
  const { provider, settings } = registrar
  if (await isAlive(registrar, client)) return true
  const { clientId } = client
  return (await probeAuthorization(provider, { ...settings, clientId })) === 'redirected'
}

/** Whether the provider says, without credentials, that it does not know a client. */
export async function isUnknown({ provider, settings }: Registrar, clientId: string): Promise<boolean> {
  return (await probeAuthorization(provider, { ...settings, clientId })) === 'refused'
}
