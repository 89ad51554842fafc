import { secretExpiry, usesSecret } from '../../protocol/registration/client-information.ts'
import { tryLease } from '../../stores/lease.ts'
import { CLOCK_TOLERANCE } from '../../vocabulary/clock-tolerance.ts'
import { dropDrained } from '../changes/reconcile-client.ts'
import { rotateCredentials } from '../changes/rotate-credentials.ts'
import { dropFormerKeys, useServedKey } from '../changes/rotate-keys.ts'
import type { Settings } from '../options/settings.ts'
import { clientLease, readClientRecord } from '../record/client-record.ts'
import type {
  ClientRecord,
  GrantedClient,
  ReadyRecord,
  RetiringClient,
} from '../record/client-record-shape.ts'
import { KEYS_FETCHED_WITHIN } from '../record/key-fetching.ts'
import { bindRegistrar, type Registrar } from '../record/registrar.ts'
import { deleteRetired, mustNotRemove } from '../record/retired-clients.ts'
import { findDrained } from '../record/superseded-releases.ts'

/** Something that has to be done for a registration. */
export type MaintenanceTask =
  | { readonly kind: 'rotate' }
  | { readonly kind: 'use-key'; readonly client: GrantedClient }
  | { readonly kind: 'drop-drained' }
  | { readonly kind: 'drop-keys'; readonly client: GrantedClient; readonly replacedBefore: number }
  | { readonly kind: 'delete'; readonly client: RetiringClient }

const removing: ReadonlySet<MaintenanceTask['kind']> = new Set(['delete', 'drop-keys', 'drop-drained'])

const DAY = 86_400_000
/** Milliseconds that credentials are used at least, whatever the provider says of their end. */
const SHORTEST_LIFE = 300_000

/** The tasks that are due now. */
export function dueTasks(record: ClientRecord, settings: Settings, now: number): MaintenanceTask[] {
  const { current, retiring = [] } = record
  const tasks: MaintenanceTask[] = retiring
    .filter(({ until }) => until <= now)
    .map(client => ({ kind: 'delete', client }))
  if (!current) return tasks
  const replacedBefore = now - overlap(settings)
  const hasOldKeys = current.formerKeys?.some(({ replacedAt }) => replacedAt < replacedBefore) ?? false
  if (hasOldKeys) tasks.push({ kind: 'drop-keys', client: current, replacedBefore })
  if (findDrained(record, now)) tasks.push({ kind: 'drop-drained' })
  const due = nextRotation(current, settings)
  if (due !== undefined && due <= now)
    tasks.push(current.nextKeyAt === undefined ? { kind: 'rotate' } : { kind: 'use-key', client: current })
  return tasks
}

/** Milliseconds since 1970 when the credentials are renewed, or `undefined` if they are not. */
export function nextRotation(
  { granted, privateKey, nextKeyAt, rotatedAt, registeredAt }: GrantedClient,
  { rotateEvery }: Settings,
): number | undefined {
  if (!privateKey && !usesSecret(granted)) return undefined // a public client has nothing to renew
  if (nextKeyAt !== undefined) return nextKeyAt + KEYS_FETCHED_WITHIN
  const scheduled = rotateEvery === undefined ? Number.POSITIVE_INFINITY : rotatedAt + rotateEvery
  const since = Math.max(rotatedAt, registeredAt)
  const told = usesSecret(granted) ? secretExpiry(granted) : undefined
  const expires = told !== undefined && told > since ? told : undefined // one that is over before it begins is a wrong clock
  const early =
    expires !== undefined
      ? Math.max(since + SHORTEST_LIFE, since + 0.8 * (expires - since), expires - DAY)
      : Number.POSITIVE_INFINITY
  const due = Math.min(scheduled, early)
  return Number.isFinite(due) ? due : undefined
}

/** How long a key stays registered after it was replaced: until every replica has read the record twice, and its last assertion is over. */
function overlap({ rereadEvery, clientAssertions, clockTolerance }: Settings): number {
  return 2 * rereadEvery + clientAssertions.lifetime + Math.max(clockTolerance, CLOCK_TOLERANCE * 1_000)
}

/**
 * Runs the tasks that are due, unless another process is running them. Each task reads the record again first, and one that fails
 * does not stop the others. Returns whether any task ran.
 */
export async function runDueTasks(registrar: Registrar, record: ReadyRecord): Promise<boolean> {
  const { settings } = registrar
  if (tasksNow(registrar, record).length === 0) return false
  let failure: unknown
  const done = await tryLease(settings, clientLease(settings), async bind => {
    const kinds = tasksNow(registrar, (await readClientRecord(settings)).record).map(keyOf)
    for (const key of kinds) {
      const due = tasksNow(registrar, (await readClientRecord(settings)).record)
      const task = due.find(candidate => keyOf(candidate) === key)
      if (task)
        await runTask(bindRegistrar(registrar, bind), task).catch(error => {
          failure ??= error
        })
    }
  })
  if (failure !== undefined) throw failure
  return done !== undefined
}

/** The tasks that are due, without those that have to wait for the right time. */
function tasksNow(registrar: Registrar, record: ClientRecord): MaintenanceTask[] {
  const due = dueTasks(record, registrar.settings, Date.now())
  const removals = due.filter(({ kind }) => removing.has(kind))
  return removals.length > 0 && mustNotRemove(registrar) ? due.filter(task => !removals.includes(task)) : due
}

function keyOf(task: MaintenanceTask): string {
  return 'client' in task ? `${task.kind} ${task.client.clientId}` : task.kind
}

async function runTask(registrar: Registrar, task: MaintenanceTask): Promise<void> {
  if (task.kind === 'delete') await deleteRetired(registrar, task.client)
  else if (task.kind === 'drop-keys') await dropFormerKeys(registrar, task.client, task.replacedBefore)
  else if (task.kind === 'use-key') await useServedKey(registrar, task.client)
  else if (task.kind === 'drop-drained') await dropDrained(registrar)
  else await rotateCredentials(registrar)
}
