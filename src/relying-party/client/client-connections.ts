import type { ClientCredentials } from '../../protocol/client-authentication/client-authentication.ts'
import { buildConnection, type Connection } from '../../protocol/provider/connection.ts'
import type { Registrar } from '../record/registrar.ts'
import { withoutNull } from '../record/requested-metadata.ts'

/** Builds the connection of each client once, until another configuration of the provider is known. */
export function clientConnections<Client extends ClientCredentials>(
  registrar: Registrar,
  credentialsOf: (client: Client) => Parameters<typeof buildConnection>[1] = client => client,
): (client: Client) => Promise<Connection> {
  let known = new WeakMap<Client, Promise<Connection>>()
  let { provider } = registrar
  const requested = withoutNull(registrar.settings.metadata)
  return client => {
    if (registrar.provider !== provider) known = new WeakMap()
    provider = registrar.provider
    const connection = known.get(client) ?? buildConnection(provider, { requested, ...credentialsOf(client) })
    known.set(client, connection)
    return connection
  }
}
