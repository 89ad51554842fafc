import type { Settings } from '../options/settings.ts'
import { changeClientRecord, readClientRecord } from '../record/client-record.ts'
import {
  type ClientRecord,
  type GrantedClient,
  isReady,
  type ReadyRecord,
} from '../record/client-record-shape.ts'
import { settleCopies } from '../record/record-copies.ts'

/** The record that the replicas of an app share, as this process knows it. */
export interface SharedRecord {
  /** The last one with a current client. */
  readonly record: ReadyRecord
  /** Whether the app has been unregistered. */
  readonly hasLeft: boolean
  /** Reads it again. */
  read(): Promise<ClientRecord>
  /** Reads it again if it is older than `rereadEvery`. */
  readIfOld(): Promise<void>
  /** Its clients, the current one first. */
  clients(): readonly GrantedClient[]
  find(clientId: string): GrantedClient | undefined
}

/** Keeps the record of this process in step with the one in the store. */
export function sharedRecord(settings: Settings, first: ReadyRecord): SharedRecord {
  let record = first
  let hasLeft = false
  let readAt = performance.now()

  async function read(): Promise<ClientRecord> {
    const settle = (found: ClientRecord): ClientRecord | undefined => settleCopies(found, record, settings)
    const { record: found } = await readClientRecord(settings)
    const latest = settle(found) ? await changeClientRecord(settings, settle) : found
    readAt = performance.now()
    hasLeft = latest.current === undefined
    if (isReady(latest) && latest.id !== record.id) record = latest
    return latest
  }

  const clients = (): readonly GrantedClient[] => [record.current, ...(record.retiring ?? [])]

  return {
    get record() {
      return record
    },
    get hasLeft() {
      return hasLeft
    },
    read,
    async readIfOld() {
      if (performance.now() - readAt > settings.rereadEvery) await read()
    },
    clients,
    find: clientId => clients().find(client => client.clientId === clientId),
  }
}
