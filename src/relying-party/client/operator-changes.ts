import { underLease } from '../../stores/lease.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { type RotationWay, rotateCredentials } from '../changes/rotate-credentials.ts'
import { changeClientRecord, clientLease } from '../record/client-record.ts'
import type { RetiringClient } from '../record/client-record-shape.ts'
import { bindRegistrar, type Registrar } from '../record/registrar.ts'
import { type Deletion, deleteRetired, retire } from '../record/retired-clients.ts'
import type { Clients } from './clients.ts'

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

/** Deletes every client of this app at the provider, then the record. Sign-in is over until the app starts again. */
export async function unregisterNow({ registrar, clients }: Registered): Promise<void> {
  refuseStatic(registrar)
  const results = await deleteClients(registrar)
  await clients.tend()
  for (const { failure } of results) if (failure) throw failure
}

/** What became of one client that was to be deleted. */
export interface DeletedClient {
  readonly clientId: string
  /** What the provider did, or `undefined` if it could not be asked. Then the client stays in the record. */
  readonly deletion?: Deletion
  readonly failure?: OidcError
}

/**
 * Deletes every client of this app at the provider, then the record. No client is in use while it is deleted, so that one
 * that is gone is never taken for one that is there. A client that fails does not keep the others.
 */
export async function deleteClients(registrar: Registrar): Promise<readonly DeletedClient[]> {
  const { settings } = registrar
  return underLease(settings, clientLease(settings), async bind => {
    const { retiring = [] } = await changeClientRecord(settings, record => {
      const { current, ...rest } = retire(record, settings)
      return rest
    })
    const results: DeletedClient[] = []
    for (const client of retiring) results.push(await tryDeletion(bindRegistrar(registrar, bind), client))
    if (results.every(({ failure }) => failure === undefined))
      await changeClientRecord(settings, ({ format, issuer, name }) => ({ format, issuer, name }))
    return results
  })
}

async function tryDeletion(registrar: Registrar, client: RetiringClient): Promise<DeletedClient> {
  const { clientId } = client
  try {
    return { clientId, deletion: await deleteRetired(registrar, client) }
  } catch (failure) {
    if (failure instanceof OidcError) return { clientId, failure }
    throw failure
  }
}

function refuseStatic({ settings }: Registrar): void {
  if (!settings.client) return
  throw new OidcError('ERR_OIDC_INVALID_OPTION', {
    message: 'options.client was made by hand: change or delete it at the provider.',
  })
}
