import { setTimeout as sleep } from 'node:timers/promises'
import { tryLease } from '../../stores/lease.ts'
import { publish } from '../../vocabulary/events.ts'
import { buildAskedHash, clientLease, readClientRecord } from '../record/client-record.ts'
import { isReady, type ReadyRecord } from '../record/client-record-shape.ts'
import { covers, essentialsOf } from '../record/coverage.ts'
import { describeRecordPlace } from '../record/record-place.ts'
import { bindRegistrar, type Registrar } from '../record/registrar.ts'
import { deleteUnused } from '../record/retired-clients.ts'
import { adopt } from './adopt-client.ts'
import { reconcile } from './reconcile-client.ts'
import { register } from './register-client.ts'

const POLL = 200
/** How long an ask that was replaced is not put back: replicas of the older release may still start. */
const DRAIN = 3_600_000

/**
 * Brings the record of this app's client: as it is, if it is what is asked for; changed at the provider, if the options have
 * changed; or new. Only the holder of the lease asks the provider, so that processes that start together make one client.
 */
export async function obtainRecord(registrar: Registrar): Promise<ReadyRecord> {
  for (;;) {
    const { record } = await readClientRecord(registrar.settings)
    if (isReady(record) && isCurrent(registrar, record)) return reuse(registrar, record)
    const done = await tryLease(registrar.settings, clientLease(registrar.settings), bind =>
      obtainUnderLease(bindRegistrar(registrar, bind)),
    )
    if (done) return done.result
    await sleep(POLL, undefined, { ref: false })
  }
}

/** Whether a record serves this replica: it is what is asked, covers it, or is newer than what is asked. */
function isCurrent({ asked, settings }: Registrar, { current, superseded = [] }: ReadyRecord): boolean {
  const hash = buildAskedHash(asked)
  if (current.asked === hash) return true
  const wasReplaced = superseded.some(before => before.asked === hash && Date.now() - before.at < DRAIN)
  return wasReplaced && covers(current.granted, essentialsOf(asked, settings.profile))
}

async function obtainUnderLease(registrar: Registrar): Promise<ReadyRecord> {
  const { record } = await readClientRecord(registrar.settings)
  if (isReady(record) && isCurrent(registrar, record)) return reuse(registrar, record)
  if (isReady(record)) return reconcile(registrar, record)
  await deleteUnused(registrar)
  const current = await register(registrar)
  const adopted = await adopt(registrar, current, undefined)
  if (adopted.current.clientId !== current.clientId) return reuse(registrar, adopted)
  const { log, clientName, store } = registrar.settings
  log(
    `Registered this app as client ${current.clientId} ("${clientName}"). ${await describeRecordPlace(store)}`,
  )
  return adopted
}

function reuse({ settings }: Registrar, record: ReadyRecord): ReadyRecord {
  const { clientId, registeredAt } = record.current
  const { issuer, name, log } = settings
  log(`Reusing client ${clientId}, which was registered at ${new Date(registeredAt).toISOString()}.`)
  publish('client.reused', { issuer, clientId, name })
  return record
}
