import { idOf } from '../../protocol/registration/client-information.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { persistClientRecord } from '../record/client-record.ts'
import {
  type ClientRecord,
  type GrantedClient,
  isReady,
  type ReadyRecord,
} from '../record/client-record-shape.ts'
import type { Registrar } from '../record/registrar.ts'
import { deleteUnused, holds, withUnused } from '../record/retired-clients.ts'
import { supersede } from '../record/superseded-releases.ts'

/**
 * Makes a registered client the current one, in place of `replaced`. `change` says what becomes of that one. If another process
 * has recorded a client in the meantime, that one is used, and this one is deleted at the provider.
 *
 * @returns The record, with the client that is used from now on.
 */
export async function adopt(
  registrar: Registrar,
  current: GrantedClient,
  replaced: GrantedClient | undefined,
  change: (record: ClientRecord) => ClientRecord = record => record,
): Promise<ReadyRecord> {
  const adopted = await persistClientRecord(registrar.settings, record => {
    if (holds(record, current.clientId)) return undefined // another process has adopted it
    const { pending, failures: _, ...rest } = record
    const isPending = pending?.granted !== undefined && idOf(pending.granted) === current.clientId
    if (!isPending) return withUnused(record, current)
    const isTaken = record.current !== undefined && record.current.clientId !== replaced?.clientId
    if (isTaken) return withUnused(rest, current)
    return { ...supersede(change(rest), current.asked, registrar.settings), current }
  })
  if (adopted.current?.clientId === current.clientId) return { ...adopted, current }
  registrar.settings.log(
    `Another process has registered this app too. Client ${current.clientId} is not used, and is deleted.`,
  )
  await deleteUnused(registrar)
  if (isReady(adopted)) return adopted
  throw new OidcError('ERR_OIDC_NOT_READY', {
    message:
      'Another process has changed the registration of this app in the meantime. The next attempt uses what it recorded.',
  })
}
