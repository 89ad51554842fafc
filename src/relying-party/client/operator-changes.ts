import { underLease } from '../../stores/lease.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { changeClientRecord, clientLease } from './client-record.ts'
import type { Clients } from './clients.ts'
import { bindRegistrar, type Registrar } from './registrar.ts'
import { deleteRetired, retire } from './replace-client.ts'
import { type RotationWay, rotateCredentials } from './rotate-credentials.ts'

interface Registered {
  readonly registrar: Registrar
  readonly clients: Clients
}

/** Renews the credentials now, by the first way that the provider allows. */
export async function rotateNow({ registrar, clients }: Registered): Promise<RotationWay> {
  refuseStatic(registrar)
  const way = await underLease(registrar.settings, clientLease(registrar.settings), bind =>
    rotateCredentials(bindRegistrar(registrar, bind)),
  )
  await clients.tend()
  return way
}

/**
 * Deletes every client of this app at the provider, then the record. Sign-in is over until the app starts again. No client is
 * in use while it is deleted, so that one that is gone is never taken for one that is there.
 */
export async function unregisterNow({ registrar, clients }: Registered): Promise<void> {
  refuseStatic(registrar)
  await underLease(registrar.settings, clientLease(registrar.settings), async bind => {
    const { settings } = registrar
    const { retiring = [] } = await changeClientRecord(settings, record => {
      const { current, ...rest } = retire(record, settings)
      return rest
    })
    for (const client of retiring) await deleteRetired(bindRegistrar(registrar, bind), client)
    await changeClientRecord(settings, ({ format, issuer, name }) => ({ format, issuer, name }))
  })
  await clients.tend()
}

function refuseStatic({ settings }: Registrar): void {
  if (!settings.client) return
  throw new OidcError('ERR_OIDC_INVALID_OPTION', {
    message: 'options.client was made by hand: change or delete it at the provider.',
  })
}
