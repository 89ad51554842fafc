import { deleteOidcDynamicClient } from '../protocol/registration.ts'
import { OidcApiError } from '../vocabulary/api-error.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { publish } from '../vocabulary/events.ts'
import { changeClientRecord, readClientRecord } from './client-record.ts'
import type { Clients } from './clients.ts'
import { underLease } from './lease.ts'
import { bindRegistrar, type Registrar } from './registrar.ts'
import { type RotationWay, rotateCredentials } from './rotating.ts'

interface Registered {
  readonly registrar: Registrar
  readonly clients: Clients
}

/** Renews the credentials now, by the first way that the provider allows. */
export async function rotateNow({ registrar, clients }: Registered): Promise<RotationWay> {
  refuseStatic(registrar)
  const way = await underLease(registrar.settings, bind => rotateCredentials(bindRegistrar(registrar, bind)))
  await clients.tend()
  return way
}

/** Deletes every client of this app at the provider, then the record. Sign-in is over until the app starts again. */
export async function unregisterNow({ registrar }: Registered): Promise<void> {
  refuseStatic(registrar)
  await underLease(registrar.settings, async bind => {
    const { settings, registry } = bindRegistrar(registrar, bind)
    const { record } = await readClientRecord(settings)
    const { current, retiring = [] } = record
    for (const { clientId, granted } of current ? [...retiring, current] : retiring) {
      await deleteOidcDynamicClient(registry, granted).catch(error => {
        if (!(error instanceof OidcApiError && error.providerStatus === 401)) throw error // 401: it is gone already
      })
      publish('client.deleted', { issuer: settings.issuer, clientId, name: settings.name })
    }
    await changeClientRecord(settings, ({ format, issuer, name }) => ({ format, issuer, name }))
  })
}

function refuseStatic({ settings }: Registrar): void {
  if (!settings.client) return
  throw new OidcError('ERR_OIDC_INVALID_OPTION', {
    message: 'options.client was made by hand: change or delete it at the provider.',
  })
}
