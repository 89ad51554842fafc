import { randomUUID } from 'node:crypto'
import type { Administration } from './administration.ts'
import { foreignKeys } from './foreign-keys.ts'
import type { RecordBook } from './oidc-provider-records.ts'

type ClientAdministration = Pick<
  Administration,
  'clientsNamed' | 'deleteClient' | 'changeSecret' | 'changeKeys' | 'voidRegistrationToken'
>

/** What an administrator with access to oidc-provider's storage can do. */
export function administrateOidcProvider(records: () => RecordBook): ClientAdministration {
  return {
    clientsNamed: async name =>
      records()
        .clients()
        .filter(client => client['client_name'] === name)
        .map(client => String(client['client_id'])),
    deleteClient: clientId => records().deleteClient(clientId),
    changeSecret: clientId => records().changeClient(clientId, { client_secret: randomUUID() }),
    changeKeys: async clientId => records().changeClient(clientId, { jwks: await foreignKeys() }),
    voidRegistrationToken: clientId => records().forgetRegistrationTokens(clientId),
  }
}
